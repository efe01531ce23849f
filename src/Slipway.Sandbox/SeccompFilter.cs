using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Slipway.Content;

namespace Slipway.Sandbox;

/// <summary>The system calls no build needs and that widen what a kernel fault could reach.</summary>
internal static unsafe class SeccompFilter
{
    private const uint Allow = 0x7fff0000, Eperm = 0x00050001, Enosys = 0x00050026;
    private const uint ArchX86 = 0x40000003, ArchX32 = 0x4000003e;

    // CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET of sched.h.
    private static readonly ulong[] NewNamespaces = [0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];

    private static readonly string[] Mounting = ["mount", "umount", "umount2"];

    private static readonly string[] Denied =
    [
        "pivot_root", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
        "unshare", "setns", "keyctl", "add_key", "request_key", "bpf", "kexec_load", "kexec_file_load", "perf_event_open",
        "open_by_handle_at", "name_to_handle_at", "userfaultfd", "init_module", "finit_module", "delete_module", "reboot", "swapon", "swapoff",
        "acct", "quotactl", "quotactl_fd", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime", "iopl", "ioperm", "syslog",
        "process_vm_readv", "process_vm_writev", "kcmp", "lookup_dcookie", "nfsservctl", "vhangup", "fanotify_init",
        "io_uring_setup", "io_uring_enter", "io_uring_register",
    ];

    [StructLayout(LayoutKind.Sequential)]
    private struct Comparison
    {
        internal uint Argument, Operator;
        internal ulong A, B;
    }

    /// <summary>The compiled filter in a memory file at its beginning, ready to be given to a child.</summary>
    /// <param name="mayMount">True: the classic calls that mount and unmount pass; what may be mounted where, the kernel decides by the namespace's rights.</param>
    internal static SafeFileHandle Compile(bool mayMount = false)
    {
        var context = Native.seccomp_init(Allow);
        try
        {
            if (RuntimeInformation.OSArchitecture == Architecture.X64)
            {
                Must(Native.seccomp_arch_add(context, ArchX86));
                Must(Native.seccomp_arch_add(context, ArchX32));
            }
            foreach (var name in mayMount ? Denied : [.. Denied, .. Mounting])
                Add(context, Eperm, name, []);
            // clone3 hides its flags from a filter; without it libc uses clone, whose flags are checked.
            Add(context, Enosys, "clone3", []);
            foreach (var flag in NewNamespaces)
                Add(context, Eperm, "clone", [new() { Argument = 0, Operator = 7 /* masked equal */, A = flag, B = flag }]);
            // TIOCSTI and TIOCLINUX put characters into a terminal's input.
            foreach (var request in new ulong[] { 0x5412, 0x541c })
                Add(context, Eperm, "ioctl", [new() { Argument = 1, Operator = 7, A = 0xffffffff, B = request }]);
            return Export(context);
        }
        finally
        {
            Native.seccomp_release(context);
        }
    }

    private static void Add(nint context, uint action, string name, ReadOnlySpan<Comparison> when)
    {
        var call = Native.seccomp_syscall_resolve_name(name);
        if (call == -1)
            return;
        fixed (Comparison* comparisons = when)
            Must(Native.seccomp_rule_add_array(context, action, call, (uint)when.Length, comparisons));
    }

    private static SafeFileHandle Export(nint context)
    {
        var file = MemoryFile("seccomp");
        Must(Native.seccomp_export_bpf(context, (int)file.DangerousGetHandle()));
        // libseccomp wrote through the descriptor; bubblewrap reads on from where it stands.
        _ = Native.lseek((int)file.DangerousGetHandle(), 0, 0);
        return file;
    }

    internal static SafeFileHandle MemoryFile(string name)
    {
        var fd = Native.memfd_create(name, 1 /* MFD_CLOEXEC */);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true)
            : throw new SlipwayException("Cannot make a file in memory", Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()), null);
    }

    private static void Must(int result)
    {
        if (result < 0)
            throw new SlipwayException("Cannot compile the system call filter", Marshal.GetPInvokeErrorMessage(-result), null);
    }
}
