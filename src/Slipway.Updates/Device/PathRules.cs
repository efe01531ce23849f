using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>Which paths a device leaves alone, by their names (format 2.5).</summary>
internal static class PathRules
{
    private static readonly byte[][] State =
    [
        .. new[] { "/data", "/dev/", "/home/", "/lost+found", "/proc/", "/root/", "/run/", "/sys/", "/tmp/", "/var/" }.Select(System.Text.Encoding.ASCII.GetBytes),
    ];

    private static readonly byte[][] Boot =
    [
        .. new[] { "/boot/", "/usr/lib/modules/", "/usr/lib/kernel/", "/usr/lib/systemd/boot" }.Select(System.Text.Encoding.ASCII.GetBytes),
    ];

    /// <summary>True for what belongs to the running system or its users, not to a release.</summary>
    public static bool IsState(BytePath path)
    {
        if (State.Any(prefix => path.StartsWith(prefix)))
        {
            return true;
        }
        return path.StartsWith("/usr/src/"u8)
            && !path.StartsWith("/usr/src/debug"u8)
            && !path.Span.SequenceEqual("/usr/src/kernel"u8)
            && !path.StartsWith("/usr/src/kernel/"u8);
    }

    /// <summary>True for what a boot loader or a running kernel may still need: written, but never deleted.</summary>
    public static bool IsBoot(BytePath path) => Boot.Any(prefix => path.StartsWith(prefix));
}
