/** Collectors on files that were captured from machines: CPU, load, memory and cgroups. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CgroupReader, parseCgroups, parseMemoryLimit } from '../../src/systeminfo/cgroup.ts'
import { CPU_HEAD_BYTES, CpuReader, cpuPercent, parseCpu } from '../../src/systeminfo/cpu.ts'
import { KeptFile } from '../../src/systeminfo/files.ts'
import { createSystemInfo } from '../../src/systeminfo/index.ts'
import { parseLoad } from '../../src/systeminfo/load.ts'
import { parseMemory } from '../../src/systeminfo/memory.ts'
import { CPU_MODES } from '../../src/systeminfo/sample.ts'
import { awk, awkNumbers, capturedMachines, machineCalled, textsOf } from '../support/captured.ts'
import { newFolder } from '../support/folder.ts'
import { Clock, never } from './fixtures.ts'

const machines = capturedMachines()
/** Fields 1 to 8 of the line `cpu`, in hundredths of a second. Source: proc_stat(5). */
const CPU_SECONDS = '/^cpu / { for (i = 2; i <= 9; i++) printf "%.2f ", $i / 100 }'

describe('cpu of captured machines', () => {
  it('has the seconds of the first line of each', (context) => {
    for (const [name, text] of textsOf(context, machines, 'proc/stat', 10)) {
      const seconds = awkNumbers(`${CPU_SECONDS} END { print "" }`, text).slice(0, -1)
      if (text === '') expect(() => parseCpu(text), name).toThrow('does not start with the line cpu')
      else expect(Object.values(parseCpu(text)), name).toEqual(seconds)
    }
  })

  it('is read from the beginning of a file of hundreds of CPUs', (context) => {
    const root = machineCalled(context, machines, 'bigsys-root-hpbl920gen8')
    const file = new KeptFile(join(root, 'proc/stat'), undefined, { head: CPU_HEAD_BYTES })
    const [[, text]] = textsOf(context, [{ name: 'big', root }], 'proc/stat') as [[string, string]]
    expect(awkNumbers('/^cpu[0-9]/ { n++ } END { print n }', text)[0]).toBeGreaterThan(400)
    const reader = new CpuReader(file)
    expect(Object.values(reader.read().seconds)).toEqual(awkNumbers(CPU_SECONDS, text).slice(0, 8))
    expect(reader.read().percent).toBeNull()
    reader.close()
  })

  it('has the share of each mode between two readings of one machine', (context) => {
    const [before, after] = ['cgroups-root-002', 'cgroups-root-003'].map((name) => {
      const root = machineCalled(context, machines, name)
      return textsOf(context, [{ name, root }], 'proc/stat')[0]![1]
    })
    const shares = `/^cpu / { for (i = 2; i <= 9; i++) { if (n) total += $i - was[i]; grown[i] = $i - was[i]; was[i] = $i } n++ }
      END { for (i = 2; i <= 9; i++) printf "%.2f ", grown[i] / total * 100 }`
    const percent = cpuPercent(parseCpu(before!), parseCpu(after!))!
    expect(CPU_MODES.map((mode) => percent[mode])).toEqual(awkNumbers(shares, before! + after!).slice(0, 8))
    expect(percent.idle).toBeGreaterThan(90)
  })
})

describe('load of captured machines', () => {
  it('is the first three numbers', (context) => {
    for (const [name, text] of textsOf(context, machines, 'proc/loadavg')) {
      const { load1, load5, load15 } = parseLoad(text)
      expect([load1, load5, load15], name).toEqual(awkNumbers('{ print $1, $2, $3 }', text))
    }
  })
})

describe('memory of captured machines', () => {
  it('is what the kernel calls available, or the sum that stands for it, and the rest', (context) => {
    // Source: proc_meminfo(5). One of them begins with the table of a kernel of the last century, one lacks MemAvailable.
    const program = `{ kib[$1] = $2 }
      END {
        left = "MemAvailable:" in kib ? kib["MemAvailable:"] : kib["MemFree:"] + kib["Buffers:"] + kib["Cached:"]
        total = kib["MemTotal:"]
        swap = kib["SwapTotal:"]
        printf "%.0f %.0f %.0f %.0f %.2f ", total * 1024, left * 1024, kib["MemFree:"] * 1024, (total - left) * 1024, (total - left) / total * 100
        printf "%.0f %.0f\\n", swap * 1024, (swap - kib["SwapFree:"]) * 1024
      }`
    const texts = textsOf(context, machines, 'proc/meminfo', 5)
    for (const [name, text] of texts) {
      const { memory, swap } = parseMemory(text)
      const { total, available, free, used, used_percent } = memory
      const ours = [total, available, free, used, used_percent, swap.total, swap.used]
      expect(ours, name).toEqual(awkNumbers(program, text))
      expect(swap.used_percent === null, name).toBe(swap.total === 0)
    }
    expect(texts.some(([, text]) => !text.includes('MemAvailable'))).toBe(true)
  })
})

describe('cgroups of captured machines', () => {
  it('are the paths of each controller, of one version or both', (context) => {
    const paths =
      '{ n = split($0, f, ":"); c = f[2] == "" ? "-" : f[2]; m = split(c, all, ","); for (i = 1; i <= m; i++) print all[i], f[n] }'
    for (const [name, text] of textsOf(context, machines, 'proc/1/cgroup', 5)) {
      const expected = awk(paths, text).map(([controller, path]) => [
        controller === '-' ? '' : controller,
        path,
      ])
      expect([...parseCgroups(text)], name).toEqual(expected)
    }
  })

  /** What a process in each of a machine's groups is told. */
  function limitsIn(root: string, groups: readonly string[], cgroup: (path: string) => string) {
    const own = newFolder()
    mkdirSync(join(own, 'self'))
    return groups.map((path) => {
      writeFileSync(join(own, 'self/cgroup'), cgroup(path))
      const reader = new CgroupReader(own, join(root, 'sys'), new Clock().now)
      const limits = reader.read()
      reader.close()
      return limits
    })
  }

  function groupsWith(folder: string, name: string): string[] {
    const paths = readdirSync(folder, { recursive: true }).map(String)
    return paths.filter((path) => path.endsWith(`/${name}`)).map((path) => `/${dirname(path)}`)
  }

  it('limit nothing in each of the groups of a machine of version 2 whose files say max', (context) => {
    const root = machineCalled(context, machines, 'cgroups-root-004')
    const folder = join(root, 'sys/fs/cgroup')
    const said = execFileSync('find', [folder, '-name', 'memory.max', '-exec', 'cat', '{}', '+'])
    expect(new Set(awk('{ print $1 }', said.toString()).flat())).toEqual(new Set(['max']))
    const groups = groupsWith(folder, 'memory.max')
    expect(groups.length).toBeGreaterThan(100)
    const limits = limitsIn(root, groups, (path) => `0::${path}\n`)
    expect(limits).toEqual(groups.map(() => null))
  })

  it('limit nothing where version 1 says so with the largest number, cpu and cpuacct being one folder', (context) => {
    const root = machineCalled(context, machines, 'cgroups-root-003')
    const folder = join(root, 'sys/fs/cgroup/memory')
    const groups = groupsWith(folder, 'memory.limit_in_bytes')
    expect(groups.some((path) => path.includes('/docker-'))).toBe(true)
    const limits = limitsIn(
      root,
      groups,
      (path) => `4:memory:${path}\n3:cpu,cpuacct:${path}\n1:name=systemd:${path}\n`,
    )
    expect(limits).toEqual(groups.map(() => null))
    const bytes = execFileSync('cat', [join(folder, 'memory.limit_in_bytes')]).toString()
    expect([bytes.trim().length, parseMemoryLimit(bytes)]).toEqual([20, null])
  })
})

describe('a captured machine', () => {
  it('is read as a whole', async (context) => {
    const root = machineCalled(context, machines, 'fixtures')
    const [proc, sys] = [join(root, 'proc'), join(root, 'sys')]
    const source = createSystemInfo({
      host: false,
      settleMs: 0,
      roots: { proc, sys, root, ownProc: proc, ownSys: sys },
    })
    const sample = await source.collect(0, undefined, never)
    await source.close()
    const of = (path: string) => textsOf(context, [{ name: 'fixtures', root }], path)[0]![1]
    expect(sample.cpu!.seconds.user).toBe(awkNumbers('/^cpu / { print $2 / 100 }', of('proc/stat'))[0])
    expect(sample.load!.load1).toBe(awkNumbers('{ print $1 }', of('proc/loadavg'))[0])
    expect(sample.memory!.total).toBe(
      awkNumbers('/^MemTotal/ { printf "%.0f", $2 * 1024 }', of('proc/meminfo'))[0],
    )
    expect(Object.keys(sample.disks_io!)).toContain('nvme0n1')
    expect(sample.sensors!.length).toBeGreaterThan(0)
  })
})
