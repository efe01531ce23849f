using System.Globalization;

namespace Slipway.Messages.Brokers;

/// <summary>Marks a lease with the process that holds it, so that others see at once when that process is gone.</summary>
internal static class LeaseOwner
{
    /// <summary>This process: its id and start time, which together are not reused before a reboot.</summary>
    public static string Current { get; } = Mark(Environment.ProcessId) ?? throw new InvalidOperationException("/proc is not mounted");

    /// <summary>The running kernel; leases of an earlier one are void.</summary>
    public static string Boot { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    public static bool IsAlive(string owner)
    {
        var separator = owner.IndexOf(':', StringComparison.Ordinal);
        return separator > 0 && int.TryParse(owner.AsSpan(0, separator), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Mark(id) == owner;
    }

    private static string? Mark(int process)
    {
        try
        {
            // proc(5): field 22 is the start time; the name in field 2 may hold blanks, so count after its closing bracket.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : $"{process}:{fields[19]}";
        }
        catch (IOException)
        {
            return null;
        }
    }
}
