/** Collectors on files that were captured from machines: disks, interfaces, mounts and sensors. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDiskstats } from '../../src/systeminfo/disksio.ts'
import { KeptFile } from '../../src/systeminfo/files.ts'
import { parseMounts, shownMounts } from '../../src/systeminfo/mounts.ts'
import { NetworkReader, parseNetDev } from '../../src/systeminfo/network.ts'
import { SensorsReader } from '../../src/systeminfo/sensors.ts'
import { awk, capturedMachines, machineCalled, textsOf } from '../support/captured.ts'
import { newFolder } from '../support/folder.ts'
import { Clock, readingOf } from './fixtures.ts'

const machines = capturedMachines()

/** Name and numbers of each line that an awk program prints. */
function rows(program: string, text: string): [string, number[]][] {
  return awk(program, text).map(([name, ...numbers]) => [name!, numbers.map(Number)])
}

describe('transfers of captured disks', () => {
  /** A partition has the name of a disk before it and a number. Sources: proc(5), iostats.rst: sectors are 512 bytes. */
  const DISKS = `$3 ~ /^(cciss|fd|loop|nbd|ram|rbd|sr|zram)/ { next }
    { disk = $3; sub(disk ~ /[0-9]p[0-9]+$/ ? "p[0-9]+$" : "[0-9]+$", "", disk) }
    disk in seen { next }
    { seen[$3] }
    $4 + $6 + $8 + $10 > 0 { printf "%s %.0f %.0f %.0f %.0f\\n", $3, $4, $8, $6 * 512, $10 * 512 }`

  it('are those of whole disks: SATA, virtual, eMMC, NVMe, device-mapper and md', (context) => {
    const names: string[] = []
    for (const [name, text] of textsOf(context, machines, 'proc/diskstats', 10)) {
      const disks = parseDiskstats(text)
      expect([...disks], name).toEqual(rows(DISKS, text).slice(0, 128))
      names.push(...disks.keys())
    }
    for (const kind of ['sd', 'vd', 'mmcblk', 'nvme', 'dm-', 'md'])
      expect(names.some((name) => name.startsWith(kind))).toBe(true)
  })

  it.for([
    ['two md arrays', 'blkdev-root-004', 'sda sdb md0 md1'],
    ['a laptop whose NVMe drive is encrypted', 'scsi-map-root-001', 'nvme0n1 dm-0 dm-1'],
    ['logical volumes of a host of containers', 'cgroups-root-004', 'sda dm-0 dm-1 dm-2'],
    ['lines of several lengths, as kernels of four ages write them', 'fixtures', 'sda vda nvme0n1 sdb sdc'],
  ])('are those of %s', ([, name, expected], context) => {
    const root = machineCalled(context, machines, name!)
    const text = textsOf(context, [{ name: name!, root }], 'proc/diskstats')[0]![1]
    expect([...parseDiskstats(text).keys()]).toEqual(expect.arrayContaining(expected!.split(' ')))
  })
})

describe('interfaces of captured machines', () => {
  const INTERFACES = 'NR > 2 { sub(":", " "); print $1, $2, $10 }'

  it('have the bytes of columns 1 and 9', (context) => {
    for (const [name, text] of textsOf(context, machines, 'proc/net/dev', 3))
      expect([...parseNetDev(text)], name).toEqual(rows(INTERFACES, text))
  })

  /** What is read of a machine, of which these have a device, and bytes of all. */
  function read(root: string, sys: string) {
    const file = new KeptFile(join(root, 'proc/net/dev'))
    const reader = new NetworkReader(file, sys, new Clock().now)
    const { interfaces, ...sum } = reader.read()
    reader.close()
    return { interfaces: interfaces!, sum }
  }

  it('are a card, which is the sum, a bridge and loopback, and not the cable of a container', (context) => {
    const root = machineCalled(context, machines, 'fixtures')
    const text = textsOf(context, [{ name: 'fixtures', root }], 'proc/net/dev')[0]![1]
    const { interfaces, sum } = read(root, join(root, 'sys'))
    expect(text).toContain('veth')
    expect(Object.keys(interfaces)).toEqual(['eth0', 'lo', 'docker0'])
    const [received, sent] = new Map(rows(INTERFACES, text)).get('eth0')!
    expect(sum).toMatchObject({ bytes_recv: received, bytes_sent: sent })
  })

  it('of a laptop count its two cards, not the tunnel through them and the bridges of its guests', (context) => {
    const root = machineCalled(context, machines, 'procnet-4.15.14-root-001')
    const text = textsOf(context, [{ name: 'laptop', root }], 'proc/net/dev')[0]![1]
    // Its /sys was not captured.
    const sys = newFolder()
    for (const card of ['enp0s25', 'wlp3s0'])
      mkdirSync(`${sys}/class/net/${card}/device`, { recursive: true })
    const { interfaces, sum } = read(root, sys)
    const cards =
      '/(enp0s25|wlp3s0):/ { sub(":", " "); r += $2; s += $10 } END { printf "sum %.0f %.0f", r, s }'
    const [[, [received, sent]]] = rows(cards, text) as [[string, number[]]]
    expect(sum).toMatchObject({ bytes_recv: received, bytes_sent: sent })
    expect(interfaces).toMatchObject({ tun0: { physical: false }, docker0: { physical: false } })
  })

  it('of a machine of 48 cards are all listed', (context) => {
    const root = machineCalled(context, machines, 'bigsys-root-hpbl920gen8')
    expect(Object.keys(read(root, '/nonexistent').interfaces)).toHaveLength(49)
  })
})

describe('mounts of captured machines', () => {
  /** Of each device under /dev the shortest mount point, of what is not hidden by a later mount; no images. */
  const SHOWN = `{ device[$2] = $1; type[$2] = $3 }
    END {
      for (path in device) {
        name = device[path]
        if (name !~ "^/dev/" || type[path] ~ /^(iso9660|squashfs)$/) continue
        if (!(name in best) || length(path) < length(best[name])) best[name] = path
      }
      for (name in best) print name, best[name]
    }`

  it('are shown by device, each once', (context) => {
    for (const [name, text] of textsOf(context, machines, 'proc/mounts', 3)) {
      const shown = shownMounts(parseMounts(text)).map(({ key, path }) => [key, path])
      expect(Object.fromEntries(shown), name).toEqual(Object.fromEntries(awk(SHOWN, text)))
    }
  })

  it('of a host of containers are two volumes and a partition, not the five places one of them is bound to', (context) => {
    const root = machineCalled(context, machines, 'cgroups-root-004')
    const text = textsOf(context, [{ name: 'host', root }], 'proc/mounts')[0]![1]
    expect(Object.fromEntries(shownMounts(parseMounts(text)).map(({ key, path }) => [key, path]))).toEqual({
      '/dev/mapper/fedora_shard-root': '/',
      '/dev/mapper/fedora_shard-home': '/home',
      '/dev/sda1': '/boot',
    })
  })
})

describe('sensors of captured machines', () => {
  async function read(sys: string) {
    const reader = new SensorsReader(sys, new Clock().now)
    const sensors = await readingOf(reader)
    await reader.close()
    return sensors.map(({ name, temperature, high, critical }) => [name, temperature, high, critical])
  }

  /** Name, temperature and limits as a shell tells them: thousandths, `-` for none. */
  const CHIP = `cd "$0" && for input in temp*_input; do
      sensor=\${input%_input}
      name=$({ cat name; cat "$sensor"_label 2>/dev/null; } | tr 'A-Z \\n' 'a-z__')
      echo "\${name%_} $(cat $input) $(cat "$sensor"_max 2>/dev/null || echo -) $(cat "$sensor"_crit 2>/dev/null || echo -)"
    done`

  it('are those of an NVMe drive and of the chips that stand for thermal zones', async (context) => {
    const root = machineCalled(context, machines, 'scsi-map-root-001')
    const chips = readdirSync(join(root, 'sys/devices'), { recursive: true })
      .map((path) => join(root, 'sys/devices', String(path)))
      .filter((path) => /^hwmon\d+$/.test(basename(path)))
      .sort((a, b) => Number(basename(a).slice(5)) - Number(basename(b).slice(5)))
    // The links to them were not captured.
    const sys = newFolder()
    mkdirSync(join(sys, 'class/hwmon'), { recursive: true })
    for (const chip of chips) symlinkSync(chip, join(sys, 'class/hwmon', basename(chip)))
    const printed = chips.map((chip) => execFileSync('sh', ['-c', CHIP, chip]).toString()).join('')
    const degrees = (text: string) => (text === '-' ? null : Number(text) / 1000)
    const expected = awk('{ print }', printed).map(([name, ...limits]) => [name, ...limits.map(degrees)])
    const sensors = await read(sys)
    expect(sensors).toEqual(expected)
    const names = ['acpitz', 'nvme_composite', 'nvme_sensor_1', 'nvme_sensor_2', 'pch_skylake', 'iwlwifi_1']
    expect(sensors.map(([name]) => name)).toEqual(names)
  })

  it('are the thermal zones where there is no chip, one of them below zero', async (context) => {
    const root = machineCalled(context, machines, 'fixtures')
    const sys = newFolder()
    mkdirSync(join(sys, 'class'))
    symlinkSync(join(root, 'sys/class/thermal'), join(sys, 'class/thermal'))
    const zones = 'for zone in "$0"/thermal_zone*; do echo "$(cat "$zone/type") $(cat "$zone/temp")"; done'
    const printed = execFileSync('sh', ['-c', zones, join(sys, 'class/thermal')]).toString()
    const expected = rows('{ print }', printed).map(([name, [value]]) => [name, value! / 1000, null, null])
    const sensors = await read(sys)
    expect(sensors).toEqual(expected)
    expect(sensors.some(([, temperature]) => (temperature as number) < 0)).toBe(true)
  })

  it('are none of a machine that has none', async (context) => {
    const root = machineCalled(context, machines, 'cgroups-root-004')
    expect(await read(join(root, 'sys'))).toEqual([])
  })
})
