import { describe, expect, it } from 'vitest'
import {
  createSystemInfo,
  rootsOf,
  type SystemInfoOptions,
  type SystemInfoSample,
} from '../../src/systeminfo/index.ts'
import { namespacedPaths } from '../../src/systeminfo/roots.ts'
import { machine, never, rootsAt, text } from './fixtures.ts'

async function sampleOf(options: SystemInfoOptions): Promise<SystemInfoSample> {
  const source = createSystemInfo({ host: false, settleMs: 0, ...options })
  try {
    return await source.collect(0, undefined, never)
  } finally {
    await source.close()
  }
}

describe('roots', () => {
  it('come from options, then from the environment, then from the usual places', () => {
    const env = { HOST_PROC: '/host/proc/', HOST_SYS: '/host/sys', HOST_ROOT: '/host/root/' }
    expect(rootsOf({}, env)).toMatchObject({
      proc: '/host/proc',
      sys: '/host/sys',
      root: '/host/root',
      ownProc: '/proc',
    })
    expect(rootsOf({ proc: '/mine' }, env).proc).toBe('/mine')
    expect(rootsOf({}, {})).toEqual({
      proc: '/proc',
      sys: '/sys',
      root: '',
      ownProc: '/proc',
      ownSys: '/sys',
    })
    expect(rootsOf({}, { HOST_ROOT: '/' }).root).toBe('')
  })

  it('lead to the mounts and the network of process 1 under a foreign /proc', async () => {
    expect(namespacedPaths('/host/proc', 'net/dev')[0]).toBe('/host/proc/1/net/dev')
    expect(namespacedPaths('/proc', 'mounts')).toEqual(['/proc/self/mounts'])
    const sample = await sampleOf({ roots: rootsAt('container-host') })
    expect(sample.network!.bytes_recv).toBe(9_123_456_789)
  })

  it('are taken from the environment when the source is made', async () => {
    process.env.HOST_PROC = `${machine('raspberry-pi')}/proc`
    try {
      const sample = await sampleOf({})
      expect(text('raspberry-pi', 'proc/loadavg')).toContain(`${sample.load!.load1} ${sample.load!.load5}`)
    } finally {
      delete process.env.HOST_PROC
    }
  })
})
