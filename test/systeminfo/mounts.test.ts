import { describe, expect, it } from 'vitest'
import { isRemote, MAX_MOUNTS, parseMounts, shownMounts, unescapeOctal } from '../../src/systeminfo/mounts.ts'
import { text } from './fixtures.ts'

/** Key → mount point of what is shown. */
function shown(table: string, named: string[] = []): Record<string, string> {
  return Object.fromEntries(shownMounts(parseMounts(table), named).map(({ key, path }) => [key, path]))
}

describe('mounts', () => {
  it('shows the devices of a storage server once each, btrfs subvolumes at the shortest mount point', () => {
    expect(shown(text('storage-server', 'proc/1/mounts'))).toEqual({
      '/dev/mapper/vg0-root': '/',
      '/dev/nvme0n1p1': '/boot/efi',
      '/dev/md127': '/srv/storage',
      '/dev/mapper/luks-archive': '/srv/archive',
    })
  })

  it('shows the disks of a container host, not its overlays, snaps, bind mounts and remote folders', () => {
    expect(shown(text('container-host', 'proc/1/mounts'))).toEqual({
      '/dev/vda1': '/',
      '/dev/sdb1': '/media/usb stick \\o/',
      '/dev/sdc1': '/mnt/windows',
      scratch: '/mnt/scratch',
      '/mnt/a': '/mnt/a',
      '/mnt/b': '/mnt/b',
      '/dev/vdd': '/mnt/disk',
    })
  })

  it('shows what is under /mnt in WSL but not what WSL puts there itself', () => {
    expect(shown(text('wsl2', 'proc/mounts'))).toEqual({ '/dev/sdc': '/', '/dev/sdd': '/mnt/ext4disk' })
  })

  it('names a root without a device of its own by its mount point', () => {
    expect(shown(text('raspberry-pi', 'proc/mounts'))).toEqual({ '/': '/', '/dev/mmcblk0p1': '/boot' })
    expect(shown('none /mnt/x tmpfs rw 0 0')).toEqual({ '/mnt/x': '/mnt/x' })
  })

  it('shows a root called /dev/root once, however many of its folders are mounted besides', () => {
    const table =
      '/dev/root / ext4 rw 0 0\n/dev/root /var/lib/docker ext4 rw 0 0\n/dev/root /mnt/data ext4 rw 0 0\n'
    expect(shown(table)).toEqual({ '/': '/' })
    expect(shown(table, ['/mnt/data'])).toEqual({ '/': '/', '/mnt/data': '/mnt/data' })
    // In a container that sees folders of it alone.
    expect(shown('/dev/root /etc/hosts ext4 rw 0 0\n/dev/root /etc/hostname ext4 rw 0 0')).toEqual({
      '/etc/hosts': '/etc/hosts',
    })
  })

  it('keeps the name of a tmpfs when another is unmounted', () => {
    const both = 'tmpfs /mnt/a tmpfs rw 0 0\ntmpfs /mnt/b tmpfs rw 0 0'
    expect(shown(both)).toEqual({ '/mnt/a': '/mnt/a', '/mnt/b': '/mnt/b' })
    expect(shown(both.split('\n')[1]!)).toEqual({ '/mnt/b': '/mnt/b' })
    expect(shown(`tmpfs / tmpfs rw 0 0\n${both}`)).toMatchObject({ tmpfs: '/', '/mnt/a': '/mnt/a' })
  })

  it('shows the later of two mounts at one place', () => {
    expect(shown(text('linux-2.6.32', 'proc/mounts'))).toEqual({
      '/dev/mapper/VolGroup-lv_root': '/',
      '/dev/sda1': '/boot',
    })
  })

  it('shows what is named, whatever it is', () => {
    const table = text('storage-server', 'proc/1/mounts')
    const named = shownMounts(parseMounts(table), ['/mnt/nfs', '/tank/media', '/run', '/home'])
    expect(named.filter((mount) => mount.remote).map((mount) => mount.key)).toEqual([
      'filer.example.org:/export/home',
    ])
    expect(shown(table, ['/mnt/nfs', '/tank/media', '/run', '/home'])).toMatchObject({
      'tank/media': '/tank/media',
      'filer.example.org:/export/home': '/mnt/nfs',
      '/run': '/run',
      '/home': '/home',
    })
  })

  it('takes a root of any type for local: without it nothing works', () => {
    const [root] = shownMounts(parseMounts('fuse-overlayfs / fuse.fuse-overlayfs rw 0 0'))
    expect(root).toMatchObject({ key: 'fuse-overlayfs', path: '/', remote: false })
  })

  it.each([
    'nfs',
    'nfs4',
    'cifs',
    'smb3',
    '9p',
    'ceph',
    'glusterfs',
    'fuse',
    'fuse.sshfs',
    'fuse.rclone',
    'virtiofs',
  ])('takes %s for remote', (fstype) => {
    expect(isRemote(fstype)).toBe(true)
  })

  it.each(['ext4', 'xfs', 'btrfs', 'zfs', 'vfat', 'ntfs3', 'fuseblk', 'tmpfs'])(
    'takes %s for local',
    (fstype) => {
      expect(isRemote(fstype)).toBe(false)
    },
  )

  it('reads octal escapes', () => {
    expect(unescapeOctal('/media/usb\\040stick\\011\\012\\134o')).toBe('/media/usb stick\t\n\\o')
    expect(unescapeOctal('/plain')).toBe('/plain')
  })

  it('leaves out a line that is cut, and everything of an empty table', () => {
    expect(parseMounts('/dev/sda1 /\n')).toEqual([])
    expect(parseMounts('')).toEqual([])
  })

  it('shows a limited number of mounts, the shortest paths first', () => {
    const table = Array.from({ length: 300 }, (_, i) => `/dev/sd${i} /mnt/${i} ext4 rw 0 0`).join('\n')
    const keys = Object.keys(shown(table))
    expect(keys).toHaveLength(MAX_MOUNTS)
    expect(keys[0]).toBe('/dev/sd0')
  })
})
