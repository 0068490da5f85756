import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesKeyword } from '../../src/utils/index.ts'

describe('matchesKeyword', () => {
  it('finds letters in their order, whatever lies between', () => {
    expect(matchesKeyword('alpha-03', 'a3')).toBe(true)
    expect(matchesKeyword('nvme0n1', 'nm1')).toBe(true)
    expect(matchesKeyword('alpha-03', '3a')).toBe(false)
  })

  it('takes capitals and small letters for the same', () => {
    expect(matchesKeyword('Core_0', 'CORE')).toBe(true)
    expect(matchesKeyword('CORE_0', 'core')).toBe(true)
  })

  it('wants each letter as often as it is asked for', () => {
    expect(matchesKeyword('sda', 'aa')).toBe(false)
    expect(matchesKeyword('sdaa', 'aa')).toBe(true)
  })

  it('matches every name with an empty keyword, and no keyword in an empty name', () => {
    expect(matchesKeyword('', '')).toBe(true)
    expect(matchesKeyword('anything', '')).toBe(true)
    expect(matchesKeyword('', 'a')).toBe(false)
  })

  it('finds whatever is left of a name after letters are taken out of it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 2 }), fc.boolean())),
        (parts) => {
          const name = parts.map(([letter]) => letter).join('')
          const some = parts.map(([letter, kept]) => (kept ? letter : '')).join('')
          expect(matchesKeyword(name, some)).toBe(true)
        },
      ),
    )
  })

  it('agrees with a search letter by letter', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'B', 'b', '1'), maxLength: 8 })
    fc.assert(
      fc.property(letters, letters, (name, keyword) => {
        let rest = name.toLowerCase()
        let found = true
        for (const letter of keyword.toLowerCase()) {
          const at = rest.indexOf(letter)
          if (at === -1) found = false
          else rest = rest.slice(at + 1)
        }
        expect(matchesKeyword(name, keyword)).toBe(found)
      }),
    )
  })
})
