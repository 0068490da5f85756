/** Which mounted file systems are shown, and under which names. Pure: a mount table in, a list out. */

/** A line of a mount table. Source: proc_pid_mounts(5), fstab(5). */
export interface Mount {
  readonly device: string
  readonly path: string
  readonly fstype: string
}

/** A mount that is shown. */
export interface ShownMount extends Mount {
  /** Its name in a sample. */
  readonly key: string
  /** Whether a program or another machine answers for it: it may never answer. */
  readonly remote: boolean
}

/** File systems in one reading at most. */
export const MAX_MOUNTS = 128

/** Made by the kernel, or read-only images that are always full. */
const PSEUDO = new Set(
  (
    'autofs binder binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs erofs fuse.lxcfs ' +
    'fuse.portal fuse.snapfuse fusectl hugetlbfs iso9660 mqueue nsfs proc pstore resctrl rpc_pipefs securityfs ' +
    'selinuxfs smackfs squashfs sysfs tracefs'
  ).split(' '),
)
/** Answered by another machine, or by a program of this one. `fuseblk` is a local disk, NTFS as a rule. */
const REMOTE = new Set(
  (
    '9p afs afpfs beegfs ceph cifs coda davfs fuse gfs2 glusterfs gpfs lustre ncpfs nfs nfs4 ocfs2 orangefs pvfs2 ' +
    'smb3 smbfs vboxsf virtiofs vmhgfs'
  ).split(' '),
)
/** Names that stand for no device. Source: GoDoxy's `system_info`. */
const NAMELESS = new Set(['', 'none', '/dev/root'])

/** All lines of a mount table. A mount that a later one at the same place hides is left out. */
export function parseMounts(text: string): Mount[] {
  const byPath = new Map<string, Mount>()
  for (const line of text.split('\n')) {
    const [device, path, fstype] = line.split(' ', 3)
    if (device === undefined || path === undefined || fstype === undefined) continue
    const mount = { device: unescapeOctal(device), path: unescapeOctal(path), fstype }
    byPath.delete(mount.path)
    byPath.set(mount.path, mount)
  }
  return [...byPath.values()]
}

/** `\040` → a space. Source: getmntent(3): space, tab, newline and backslash are written as octal numbers. */
export function unescapeOctal(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

/** Whether a file system of this type can leave a caller waiting for ever. */
export function isRemote(fstype: string): boolean {
  return REMOTE.has(fstype) || fstype.startsWith('fuse.')
}

/**
 * The mounts that are shown: those at `named` mount points, whatever they are; `/`; what lies under `/mnt/` (but not
 * `/mnt/wsl*`), or has its device under `/dev/`. Pseudo and remote file systems only when named.
 *
 * Differs from GoDoxy: of several mounts of one device (`/dev/root` is one, too) the shortest mount point is shown, not
 * the last in the table, which a bind mount changes at any time; remote ones are not asked unless somebody wants them;
 * what many mounts are called (`tmpfs`) names none of them.
 */
export function shownMounts(mounts: readonly Mount[], named: readonly string[] = []): ShownMount[] {
  const names = new Set(named)
  const wanted = mounts.filter((mount) => names.has(mount.path) || isShown(mount))
  wanted.sort((a, b) => a.path.length - b.path.length || (a.path < b.path ? -1 : 1))
  const shown = new Map<string, ShownMount>()
  const devices = new Set<string>()
  for (const mount of wanted) {
    if (shown.size === MAX_MOUNTS) break
    if (isIdentity(mount.device) && devices.has(mount.device) && !names.has(mount.path)) continue
    devices.add(mount.device)
    const remote = mount.path !== '/' && isRemote(mount.fstype)
    const own = diskKey(mount)
    const key = shown.has(own) ? mount.path : own
    shown.set(key, { ...mount, key, remote })
  }
  return [...shown.values()]
}

function isShown({ device, path, fstype }: Mount): boolean {
  if (path === '/') return true
  if (PSEUDO.has(fstype) || isRemote(fstype)) return false
  return (path.startsWith('/mnt/') && !path.startsWith('/mnt/wsl')) || device.startsWith('/dev/')
}

/**
 * The name of a file system in a sample: its device, or its mount point where the device is called as its type is. Two
 * mounts called `tmpfs` are not the same, so neither is `tmpfs`: it would become the other's when the first is unmounted.
 * Only `/` keeps such a name.
 */
export function diskKey({ device, path, fstype }: Mount): string {
  return NAMELESS.has(device) || (device === fstype && path !== '/') ? path : device
}

/** Whether equal names mean the same file system: two mounts called `scratch` may be two. */
function isIdentity(device: string): boolean {
  return device.includes('/') || device.includes(':')
}
