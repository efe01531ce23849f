using System.Runtime.InteropServices;

namespace Slipway.Sandbox;

/// <summary>The calls of libc and libseccomp that this room needs; constants are those of Linux.</summary>
internal static unsafe partial class Native
{
    internal const int SigTerm = 15, SigKill = 9;
    internal const int Eintr = 4, Eagain = 11, Echild = 10;
    internal const short PollIn = 1, PollOut = 4;
    internal const int OCloexec = 0x80000, ONonblock = 0x800;
    internal const int DupCloexec = 1030;
    internal const short SpawnSetSigDef = 4, SpawnSetSigMask = 8, SpawnSetSid = 0x80;

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        internal int Fd;
        internal short Events;
        internal short Returned;
    }

    // struct rusage: two timevals, then ru_maxrss in KiB and thirteen more longs.
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    internal struct Usage
    {
        internal long UserSeconds, UserMicros, SystemSeconds, SystemMicros, MaxRssKib;
    }

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int pipe2(int* fds, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint read(int fd, byte* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint write(int fd, byte* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int poll(PollFd* fds, ulong count, int timeoutMs);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int wait4(int pid, int* status, int options, Usage* usage);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial long syscall(long number, long a, long b);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int memfd_create(string name, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial long lseek(int fd, long offset, int whence);

    [LibraryImport("libc")]
    internal static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int lchown(string path, uint uid, uint gid);

    [LibraryImport("libc")]
    internal static partial int posix_spawn(int* pid, byte* path, void* actions, void* attributes, byte** argv, byte** envp);

    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_adddup2(void* actions, int from, int to);

    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_addclosefrom_np(void* actions, int from);

    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_addchdir_np(void* actions, byte* path);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_setsigdefault(void* attributes, void* set);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_setsigmask(void* attributes, void* set);

    [LibraryImport("libc")]
    internal static partial int sigemptyset(void* set);

    [LibraryImport("libc")]
    internal static partial int sigfillset(void* set);

    [LibraryImport("libseccomp.so.2")]
    internal static partial nint seccomp_init(uint defaultAction);

    [LibraryImport("libseccomp.so.2")]
    internal static partial void seccomp_release(nint context);

    [LibraryImport("libseccomp.so.2")]
    internal static partial int seccomp_arch_add(nint context, uint architecture);

    [LibraryImport("libseccomp.so.2", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int seccomp_syscall_resolve_name(string name);

    [LibraryImport("libseccomp.so.2")]
    internal static partial int seccomp_rule_add_array(nint context, uint action, int call, uint count, void* comparisons);

    [LibraryImport("libseccomp.so.2")]
    internal static partial int seccomp_export_bpf(nint context, int fd);
}
