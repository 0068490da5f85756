import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CGROUP_INTERVAL_MS, CgroupReader, parseCgroups } from '../../src/systeminfo/cgroup.ts'
import { Clock, machine } from './fixtures.ts'

function limits(name: string) {
  const reader = new CgroupReader(`${machine(name)}/proc`, `${machine(name)}/sys`, new Clock().now)
  try {
    return reader.read()
  } finally {
    reader.close()
  }
}

describe('cgroup', () => {
  it('gives the tightest limit on the way from the own group to the root', () => {
    expect(limits('cgroup-v2')).toEqual({
      memory_limit: 2_147_483_648,
      memory_used: 812_343_296,
      cpu_limit: 1.5,
    })
  })

  it('reads the mounted root inside a container with a namespace of its own', () => {
    expect(limits('cgroup-v2-container')).toEqual({
      memory_limit: 536_870_912,
      memory_used: 73_400_320,
      cpu_limit: 0.5,
    })
  })

  it('reads version 1, where the path is the host’s and not mounted here', () => {
    expect(limits('cgroup-v1')).toEqual({ memory_limit: 268_435_456, memory_used: 19_922_944, cpu_limit: 2 })
  })

  it('is null where both versions are mounted and nothing is limited', () => {
    expect(limits('cgroup-hybrid')).toBeNull()
  })

  it('is null on a kernel without cgroups', () => {
    expect(limits('container')).toBeNull()
  })

  it('reads the memory in use each time and the limits now and then', () => {
    const folder = mkdtempSync(join(tmpdir(), 'treering-cgroup-'))
    cpSync(machine('cgroup-v2-container'), folder, { recursive: true })
    const clock = new Clock()
    const reader = new CgroupReader(`${folder}/proc`, `${folder}/sys`, clock.now)
    const group = `${folder}/sys/fs/cgroup`
    try {
      expect(reader.read()).toMatchObject({ memory_limit: 536_870_912, memory_used: 73_400_320 })
      writeFileSync(`${group}/memory.current`, '5\n')
      writeFileSync(`${group}/memory.max`, '6\n')
      expect(reader.read()).toMatchObject({ memory_limit: 536_870_912, memory_used: 5 })
      clock.ms += CGROUP_INTERVAL_MS
      expect(reader.read()).toMatchObject({ memory_limit: 6, memory_used: 5 })
      writeFileSync(`${group}/memory.max`, 'max\n')
      clock.ms += CGROUP_INTERVAL_MS
      expect(reader.read()).toEqual({ memory_limit: null, memory_used: null, cpu_limit: 0.5 })
    } finally {
      reader.close()
      rmSync(folder, { recursive: true })
    }
  })

  it('reads the controllers of each line', () => {
    expect([...parseCgroups('4:cpu,cpuacct:/a\n1:name=systemd:/b\n0::/c:d\n')]).toEqual([
      ['cpu', '/a'],
      ['cpuacct', '/a'],
      ['name=systemd', '/b'],
      ['', '/c:d'],
    ])
  })
})
