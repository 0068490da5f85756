import { describe, expect, it } from 'vitest'
import type { KeptFile } from '../../src/systeminfo/files.ts'
import { MAX_INTERFACES, NetworkReader, networkOf, physicalInterfaces } from '../../src/systeminfo/network.ts'
import { Clock, file, machine } from './fixtures.ts'

function read(name: string, path = 'proc/net/dev') {
  const clock = new Clock()
  return using(file(name, path), (kept) => new NetworkReader(kept, `${machine(name)}/sys`, clock.now).read())
}

function using<T>(kept: KeptFile, use: (kept: KeptFile) => T): T {
  try {
    return use(kept)
  } finally {
    kept.close()
  }
}

function physicalOf(name: string, path?: string): string[] {
  const interfaces = Object.entries(read(name, path).interfaces!)
  return interfaces.filter(([, one]) => one.physical).map(([device]) => device)
}

describe('network', () => {
  it('sums the physical interface, not loopback, bridges and the cables of containers', () => {
    const network = read('container-host', 'proc/1/net/dev')
    expect(physicalOf('container-host', 'proc/1/net/dev')).toEqual(['ens3'])
    expect(network).toMatchObject({ bytes_recv: 9_123_456_789, bytes_sent: 3_123_456_789 })
  })

  it('lists bridges but not the cables of containers, whose names are random', () => {
    const names = Object.keys(read('container-host', 'proc/1/net/dev').interfaces!)
    expect(names).toEqual(['ens3', 'lo', 'docker0', 'br-3f2a9c81d0e7'])
  })

  it('counts the members of a bond and not the bond, its VLAN and a tunnel over them', () => {
    expect(physicalOf('storage-server')).toEqual(['eno1', 'eno2'])
    expect(read('storage-server').bytes_recv).toBe(812_345_678_901 + 2_345_678_901)
  })

  it('counts a synthetic interface and not the virtual function beneath it', () => {
    expect(physicalOf('azure')).toEqual(['eth0'])
  })

  it('counts wired and wireless cards', () => {
    expect(physicalOf('raspberry-pi')).toEqual(['eth0', 'wlan0'])
  })

  it('counts all but loopback where no interface has a device, as in a container', () => {
    expect(physicalOf('container')).toEqual(['eth0'])
    expect(physicalInterfaces('/nonexistent', ['lo', 'eth0', 'veth12'])).toEqual(new Set(['eth0']))
  })

  const before = {
    at: 0,
    devices: new Map([
      ['eth0', [1000, 500]],
      ['eth1', [9000, 9000]],
    ]),
  }
  const both = new Set(['eth0', 'eth1'])

  it('gives bytes per second of each interface and of their sum', () => {
    const now = {
      at: 2000,
      devices: new Map([
        ['eth0', [3000, 700]],
        ['eth1', [9200, 9000]],
      ]),
    }
    const network = networkOf(before, now, both)
    expect(network).toMatchObject({
      download_speed: 1100,
      upload_speed: 100,
      bytes_recv: 12_200,
      bytes_sent: 9700,
    })
    expect(network.interfaces!.eth0).toMatchObject({ download_speed: 1000, upload_speed: 100 })
  })

  it('has no speed for an interface that was reset, and sums the others', () => {
    const now = {
      at: 1000,
      devices: new Map([
        ['eth0', [10, 10]],
        ['eth1', [9100, 9050]],
      ]),
    }
    const network = networkOf(before, now, both)
    expect(network.interfaces!.eth0).toMatchObject({
      download_speed: null,
      upload_speed: null,
      bytes_recv: 10,
    })
    expect(network).toMatchObject({ download_speed: 100, upload_speed: 50 })
  })

  it('has no peak when an interface comes with counters of its own', () => {
    const now = { at: 1000, devices: new Map([...before.devices, ['usb0', [5_000_000_000, 1]]]) }
    const network = networkOf(before, now, new Set([...both, 'usb0']))
    expect(network).toMatchObject({ download_speed: 0, upload_speed: 0 })
  })

  it('has no speed at all when no interface has one', () => {
    expect(networkOf(undefined, before, both)).toMatchObject({ download_speed: null, upload_speed: null })
  })

  it('lists a limited number of interfaces, and all physical ones', () => {
    const many = Array.from({ length: 200 }, (_, i): [string, number[]] => [`tap${i}`, [1, 1]])
    const network = networkOf(undefined, { at: 0, devices: new Map([...many, ...before.devices]) }, both)
    expect(Object.keys(network.interfaces!)).toHaveLength(MAX_INTERFACES)
    expect(Object.keys(network.interfaces!).slice(0, 2)).toEqual(['eth0', 'eth1'])
  })
})
