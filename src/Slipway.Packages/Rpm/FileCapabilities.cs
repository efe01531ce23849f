using System.Buffers.Binary;

namespace Slipway.Packages.Rpm;

/// <summary>Turns a capability text (cap_from_text(3), as rpm's headers carry it) into the extended attribute the kernel reads.</summary>
internal static class FileCapabilities
{
    private const uint Revision2 = 0x02000000;
    private const uint EffectiveFlag = 1;

    // In the order of their numbers, linux/capability.h.
    private static readonly string[] Names =
    [
        "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "linux_immutable",
        "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot",
        "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease",
        "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read",
        "perfmon", "bpf", "checkpoint_restore",
    ];

    public static IReadOnlyDictionary<string, byte[]>? ToXattrs(string text)
    {
        if (text.Length == 0) return null;
        ulong permitted = 0, inheritable = 0, effective = 0;
        foreach (var clause in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = clause.AsSpan().IndexOfAny('=', '+', '-');
            if (at < 0) throw Bad(text);
            var set = clause[..at] is "" or "all" ? (1UL << Names.Length) - 1 : clause[..at].Split(',').Aggregate(0UL, (bits, name) => bits | Bit(name, text));
            var flags = clause[(at + 1)..];
            if (clause[at] == '=') (permitted, inheritable, effective) = (permitted & ~set, inheritable & ~set, effective & ~set);
            foreach (var flag in flags)
            {
                switch (flag)
                {
                    case 'p': permitted = clause[at] == '-' ? permitted & ~set : permitted | set; break;
                    case 'i': inheritable = clause[at] == '-' ? inheritable & ~set : inheritable | set; break;
                    case 'e': effective = clause[at] == '-' ? effective & ~set : effective | set; break;
                    default: throw Bad(text);
                }
            }
        }
        var value = new byte[20];
        BinaryPrimitives.WriteUInt32LittleEndian(value, Revision2 | (effective != 0 ? EffectiveFlag : 0));
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(4), (uint)permitted);
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(8), (uint)inheritable);
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(12), (uint)(permitted >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(16), (uint)(inheritable >> 32));
        return new Dictionary<string, byte[]> { ["security.capability"] = value };
    }

    private static ulong Bit(string name, string text)
    {
        var number = name.StartsWith("cap_", StringComparison.OrdinalIgnoreCase) ? Array.IndexOf(Names, name[4..].ToLowerInvariant()) : -1;
        return number >= 0 ? 1UL << number : throw Bad(text);
    }

    private static PackageFormatException Bad(string text) => new($"the capabilities `{text}` in its file list cannot be read");
}
