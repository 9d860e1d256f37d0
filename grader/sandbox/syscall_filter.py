"""The seccomp filter of a box, compiled on the trusted side.

A deny list: namespaces, capabilities and Landlock already bound what a system call can reach; the filter
removes kernel surface that no notebook needs and what namespaces do not cover (keyrings, vsock, io_uring,
memory outside every size limit).  System calls of a foreign architecture (i386, x32) kill the process:
that is libseccomp's default for architectures that were not added.

Errors: ENOSYS where programs probe for a newer interface and fall back, EPERM elsewhere.
"""

from __future__ import annotations

import errno
import tempfile
from functools import cache

MOUNTS_AND_NAMESPACES = """mount umount2 pivot_root chroot move_mount open_tree open_tree_attr fsopen fsconfig
    fsmount fspick mount_setattr statmount listmount unshare setns name_to_handle_at open_by_handle_at
    quotactl quotactl_fd sethostname setdomainname"""
MACHINE = """swapon swapoff reboot kexec_load kexec_file_load init_module finit_module delete_module acct syslog
    settimeofday clock_settime clock_adjtime adjtimex stime iopl ioperm vhangup nfsservctl lookup_dcookie
    pciconfig_read pciconfig_write pciconfig_iobase uselib ustat sysfs _sysctl modify_ldt vm86 vm86old
    fanotify_init fanotify_mark"""
OTHER_PROCESSES = """ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp
    pidfd_getfd migrate_pages move_pages"""
KERNEL_SURFACE = """bpf userfaultfd perf_event_open vmsplice remap_file_pages map_shadow_stack
    lsm_get_self_attr lsm_set_self_attr lsm_list_modules"""
# keyrings and io_uring ignore namespaces; SysV and POSIX queues and memfds are memory beyond tmpfs sizes
ABSENT = """keyctl add_key request_key io_uring_setup io_uring_enter io_uring_register io_setup io_submit
    io_getevents io_pgetevents memfd_create memfd_secret shmget shmat shmctl msgget msgsnd semget mq_open
    clone3"""

_NEW_NAMESPACE_FLAGS = (1 << 28, 1 << 17, 1 << 29, 1 << 30, 1 << 27, 1 << 26, 1 << 25)  # clone(2), CLONE_NEW*
_SHARED_ANONYMOUS = 0x01 | 0x20  # mmap(2): MAP_SHARED | MAP_ANONYMOUS
_ALLOWED_FAMILIES = (1, 2, 10, 16)  # UNIX, INET, INET6; NETLINK for libzmq's list of interfaces
_TERMINAL_TRICKS = (0x5412, 0x541C)  # ioctl: TIOCSTI types into the terminal, TIOCLINUX pastes there
_LOW_32 = 0xFFFFFFFF  # the kernel looks at 32 bits of these arguments, seccomp at 64


@cache
def compile_filter(devices: bool = False) -> bytes:
    """Compile the filter for this machine's architecture.

    Parameters
    ----------
    devices : bool
        For a box with a graphics card: CUDA maps shared anonymous memory, and from driver 570 on its start fails
        (error 304) without memfds.  Both are outside `RLIMIT_DATA`; a control group counts them.

    Returns
    -------
    bytes
        An array of ``struct sock_filter``, 8 bytes each, for ``prctl(PR_SET_SECCOMP)``.

    Raises
    ------
    RuntimeError
        Where libseccomp is missing.
    """
    import pyseccomp as seccomp

    filter_ = seccomp.SyscallFilter(seccomp.ALLOW)

    def deny(names: str, error: int = errno.EPERM, *conditions: object) -> None:
        for name in names.split():
            try:
                number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
            except (ValueError, OSError):
                continue  # unknown to this libseccomp: a kernel that has it is newer than the library
            if number >= 0:  # negative: not a system call of this architecture
                filter_.add_rule(seccomp.ERRNO(error), name, *conditions)

    for names in (MOUNTS_AND_NAMESPACES, MACHINE, OTHER_PROCESSES, KERNEL_SURFACE):
        deny(names)
    deny(ABSENT.replace("memfd_create", "") if devices else ABSENT, errno.ENOSYS)
    masked = seccomp.MASKED_EQ
    if not devices:
        deny("mmap", errno.ENOMEM, seccomp.Arg(3, masked, _SHARED_ANONYMOUS, _SHARED_ANONYMOUS))
    for flag in _NEW_NAMESPACE_FLAGS:
        deny("clone", errno.EPERM, seccomp.Arg(0, masked, flag, flag))
    for family in set(range(64)) - set(_ALLOWED_FAMILIES):
        for call in ("socket", "socketpair"):
            deny(call, errno.EAFNOSUPPORT, seccomp.Arg(0, masked, _LOW_32, family))
    for protocol in range(1, 32):  # of netlink only the routing tables, 0
        family_and_protocol = (seccomp.Arg(0, masked, _LOW_32, 16), seccomp.Arg(2, masked, _LOW_32, protocol))
        deny("socket", errno.EPROTONOSUPPORT, *family_and_protocol)
    for request in _TERMINAL_TRICKS:
        deny("ioctl", errno.EPERM, seccomp.Arg(1, masked, _LOW_32, request))
    with tempfile.TemporaryFile() as file:
        filter_.export_bpf(file)
        file.seek(0)
        return file.read()
