using Slipway.Content;

namespace Slipway.Compose.Roots;

/// <summary>Which paths of packages belong to a version at all (format clause 2.5, item 4) and which a device exports.</summary>
public static class RootFilter
{
    private static readonly BytePath[] s_local = [.. new[] { "var/lib", "var/cache", "var/log", "dev", "run", "tmp" }.Select(BytePath.From)];
    private static readonly BytePath[] s_binaries = [.. new[] { "bin", "usr/bin", "usr/local/bin" }.Select(BytePath.From)];

    /// <summary>False below the directories that hold a machine's own state. The directories themselves are shipped.</summary>
    public static bool IsShipped(BytePath path)
    {
        foreach (var directory in s_local)
        {
            if (path.Length > directory.Length && path.IsBelow(directory))
                return false;
        }
        return true;
    }

    /// <summary>True below the directories whose entries get the export flag (format clause 1.3).</summary>
    public static bool IsBinary(BytePath path)
    {
        foreach (var directory in s_binaries)
        {
            if (path.Length > directory.Length && path.IsBelow(directory))
                return true;
        }
        return false;
    }
}
