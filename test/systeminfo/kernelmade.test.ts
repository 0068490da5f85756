/**
 * What the kernel writes of things that not every machine has, and that root can make: a bridge with a container's cable, a
 * btrfs of two subvolumes, a sensor without data, a limited group. All but the last are in namespaces of their own and end with them.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, rmdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, type TestContext } from 'vitest'
import type { SystemInfoSample } from '../../src/systeminfo/index.ts'
import { newFolder } from '../support/folder.ts'
import { makeGroup } from '../support/group.ts'
import { need, needProgram } from '../support/need.ts'

const MEBIBYTE = 1024 * 1024
/** A command that runs a program of this folder. */
const program = (name: string) =>
  `${process.execPath} --import tsx ${fileURLToPath(new URL(name, import.meta.url))}`

/** What a script prints in new namespaces: of mounts, processes and these. Where they cannot be made the test is skipped. */
function inNamespaces(context: TestContext, flags: readonly string[], script: string, folder = ''): unknown {
  const unshare = [...flags, '-m', '-p', '-f', '--mount-proc', '--kill-child', 'sh', '-ec']
  need(context, spawnSync('unshare', [...unshare, 'true']).status === 0, 'namespaces of its own (needs root)')
  return JSON.parse(execFileSync('unshare', [...unshare, script, folder], { timeout: 25_000 }).toString())
}

describe.runIf(process.platform === 'linux')('a bridge and the cable of a container', () => {
  interface Read {
    readonly sample: SystemInfoSample
    readonly printed: {
      ifname: string
      stats64: Record<'rx' | 'tx', { bytes: number; packets: number }>
    }[]
  }

  /** Reads it all in the host's or in the container's namespace, after three packets went through. */
  function read(context: TestContext, where: 'host' | 'container'): Read {
    for (const name of ['ip', 'nsenter', 'ping']) needProgram(context, name)
    const enter = where === 'host' ? '' : 'nsenter -t $container -n'
    const script = `
      echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null || true
      ip link set lo up
      ip link add br-test type bridge
      ip link add veth7 type veth peer name eth0
      ip link set veth7 master br-test
      ip address add 192.0.2.1/24 dev br-test
      ip link set br-test up
      ip link set veth7 up
      unshare -n sleep 60 &
      container=$!
      until [ "$(readlink /proc/$container/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done
      ip link set eth0 netns $container
      nsenter -t $container -n ip address add 192.0.2.2/24 dev eth0
      nsenter -t $container -n ip link set eth0 up
      nsenter -t $container -n ping -qc 3 -i 0.2 -s 1000 192.0.2.1 >/dev/null
      exec ${enter} unshare -m sh -ec 'mount -t sysfs sysfs /sys; exec ${program('kernelmade.ts')} ip -s -j link'`
    return inNamespaces(context, ['-n'], script) as Read
  }

  /** Names and bytes as the tool printed them. */
  function bytesOf({ printed }: Read) {
    return Object.fromEntries(
      printed.map(({ ifname, stats64: { rx, tx } }) => [
        ifname,
        { bytes_recv: rx.bytes, bytes_sent: tx.bytes },
      ]),
    )
  }

  it('are, for the host, a bridge that no sum counts, and nothing that is listed', (context) => {
    const found = read(context, 'host')
    const { 'br-test': bridge, veth7: cable, lo } = bytesOf(found)
    expect(cable!.bytes_recv).toBeGreaterThan(3000)
    const { interfaces, ...sum } = found.sample.network!
    expect(interfaces).toMatchObject({ 'br-test': { ...bridge!, physical: false }, lo: lo! })
    expect(interfaces).not.toHaveProperty('veth7')
    expect(sum).toMatchObject({ bytes_recv: 0, bytes_sent: 0 })
  })

  it('are, for the container, an interface that is all its traffic', (context) => {
    const found = read(context, 'container')
    const { eth0, ...others } = bytesOf(found)
    expect(Object.keys(others)).toContain('lo')
    expect(eth0!.bytes_sent).toBeGreaterThan(3000)
    const { interfaces, ...sum } = found.sample.network!
    expect(interfaces!.eth0).toMatchObject({ ...eth0!, physical: true })
    expect(sum).toMatchObject(eth0!)
  })
})

describe.runIf(process.platform === 'linux')('a btrfs', () => {
  it('of two subvolumes is one disk, at its shortest mount point, with the space that findmnt prints', (context) => {
    for (const name of ['mkfs.btrfs', 'btrfs', 'findmnt']) needProgram(context, name)
    const columns = 'source,target,fstype,size,used,avail'
    // The loop device is one that frees itself when the last mount goes, which is when the namespace does.
    const script = `
      cd "$0"
      truncate -s 256M image
      mkfs.btrfs -q image >/dev/null
      mkdir top subvolume-a another-subvolume
      mount -t btrfs -o loop image top
      device=$(findmnt -no SOURCE top)
      for name in a b; do btrfs -q subvolume create top/$name; done
      head -c 20000000 /dev/urandom > top/a/file
      mount -o subvol=a "$device" subvolume-a
      mount -o subvol=b "$device" another-subvolume
      sync -f top
      umount top
      cd "$OLDPWD"
      exec ${program('kernelmade.ts')} findmnt -Jbl -t btrfs -o ${columns}`
    const folder = newFolder()
    const can = spawnSync('grep', ['-q', 'btrfs', '/proc/filesystems']).status === 0
    need(context, can && existsSync('/dev/loop-control'), 'btrfs and loop devices in the kernel')
    const { sample, printed } = inNamespaces(context, [], script, folder) as {
      sample: SystemInfoSample
      printed: { filesystems: Record<string, string>[] }
    }
    const own = printed.filesystems.filter(({ target }) => target!.startsWith(folder))
    expect(own.map(({ source }) => source!.replace(/^[^[]+/, '')).sort()).toEqual(['[/a]', '[/b]'])
    const device = own[0]!.source!.replace(/\[.*/, '')
    const { size, used, avail } = own[0]!
    expect(sample.disks![device]).toMatchObject({
      path: `${folder}/subvolume-a`,
      fstype: 'btrfs',
      total: Number(size),
      used: Number(used),
      free: Number(avail),
    })
    const shown = Object.values(sample.disks!).filter(({ path }) => path.startsWith(folder))
    expect(shown).toHaveLength(1)
    const loops = spawnSync('losetup', ['-j', `${folder}/image`]).stdout.toString()
    expect(loops).toBe('')
  })
})

describe.runIf(process.platform === 'linux')('a sensor without data', () => {
  it('is left out, and the others of its chip are there', (context) => {
    need(context, existsSync('/dev/fuse'), '/dev/fuse')
    const found = inNamespaces(context, [], `exec ${program('nodata.ts')} "$0"`, newFolder())
    expect(found).toEqual({
      error: 'ENODATA',
      sensors: [{ name: 'nvme_sensor_2', temperature: 41, high: null, critical: null }],
    })
  })
})

describe.runIf(process.platform === 'linux')('a limited group', () => {
  /** Folder, file of the limit and what it says, of version 1 or 2. */
  const KINDS = [
    [
      '/sys/fs/cgroup/memory',
      'memory.limit_in_bytes',
      String(256 * MEBIBYTE),
      'memory_limit',
      256 * MEBIBYTE,
    ],
    ['/sys/fs/cgroup/cpu', 'cpu.cfs_quota_us', '25000', 'cpu_limit', 0.25],
    ['/sys/fs/cgroup', 'memory.max', String(256 * MEBIBYTE), 'memory_limit', 256 * MEBIBYTE],
    ['/sys/fs/cgroup', 'cpu.max', '25000 100000', 'cpu_limit', 0.25],
  ] as const

  it('tells a process in it the limit that was set, and what is in use', (context) => {
    const made = new Set<string>()
    const limits: Record<string, number> = {}
    try {
      for (const [root, file, value, key, limit] of KINDS) {
        const group = `${root}/treering-limited-${process.pid}`
        if (!made.has(group) && !makeGroup(group)) continue
        made.add(group)
        if (!existsSync(`${group}/${file}`)) continue
        writeFileSync(`${group}/${file}`, value)
        limits[key] = limit
      }
      need(context, 'memory_limit' in limits, 'a group of its own (needs root, and the memory controller)')
      const enter = [...made].map((group) => `echo $$ > ${group}/cgroup.procs`).join('; ')
      const run = `${enter}; exec ${program('kernelmade.ts')} echo 0`
      const { sample } = JSON.parse(execFileSync('sh', ['-ec', run], { timeout: 25_000 }).toString())
      expect(sample.cgroup).toMatchObject(limits)
      expect(sample.cgroup.memory_used).toBeGreaterThan(MEBIBYTE)
      expect(sample.cgroup.memory_used).toBeLessThan(256 * MEBIBYTE)
    } finally {
      for (const group of made) rmdirSync(group)
    }
  })
})
