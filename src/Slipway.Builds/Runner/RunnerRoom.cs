using System.Globalization;

namespace Slipway.Builds;

/// <summary>Memory and disk that must be free before a runner takes another build; how many run at once is bounded besides.</summary>
public sealed record RunnerRoom
{
    /// <summary>Bytes of memory that must be available. Unset: not looked at.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Bytes of disk that must be free at <see cref="Directory"/>. Unset: not looked at.</summary>
    public long DiskBytes { get; init; }

    /// <summary>A directory on the disk that builds fill.</summary>
    public string Directory { get; init; } = "/";

    /// <summary>What is short; null when another build may begin.</summary>
    public string? Short()
    {
        if (MemoryBytes > 0 && Available() is var memory && memory < MemoryBytes) return $"{memory >> 20} MiB of memory are available and {MemoryBytes >> 20} wanted";
        if (DiskBytes > 0 && new DriveInfo(Directory).AvailableFreeSpace is var disk && disk < DiskBytes) return $"{disk >> 20} MiB are free at {Directory} and {DiskBytes >> 20} wanted";
        return null;
    }

    private static long Available()
    {
        var line = File.ReadLines("/proc/meminfo").FirstOrDefault(one => one.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line is null ? long.MaxValue : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }
}
