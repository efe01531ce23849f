using Slipway.Content;

namespace Slipway.Packages.Solving;

/// <summary>dpkg's status file, in the form of a Packages file.</summary>
internal static class DpkgStatus
{
    private const long MaxBytes = 256 << 20;

    /// <summary>The stanzas of packages that are there; libsolv's own reader also takes those of which only the configuration is left.</summary>
    public static byte[] Installed(string root)
    {
        var file = Path.Combine(root, "var/lib/dpkg/status");
        if (!File.Exists(file)) throw new SlipwayException($"read what is installed in {root}", "it has no var/lib/dpkg/status", "name the root of a tree that dpkg looks after");
        using var stream = File.OpenRead(file);
        var text = BoundedRead.All(stream, MaxBytes, file);
        var kept = new MemoryStream(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var length = text.AsSpan(at).IndexOf("\n\n"u8);
            var stanza = text.AsSpan(at, length < 0 ? text.Length - at : length + 2);
            if (IsThere(stanza)) kept.Write(stanza);
            at += stanza.Length;
        }
        return kept.ToArray();
    }

    /// <summary>The last of the three words of Status (deb-status, dpkg(1)).</summary>
    private static bool IsThere(ReadOnlySpan<byte> stanza)
    {
        var at = stanza.StartsWith("Status:"u8) ? 0 : stanza.IndexOf("\nStatus:"u8) + 1;
        if (!stanza[at..].StartsWith("Status:"u8)) return false;
        var line = stanza[at..];
        var end = line.IndexOf((byte)'\n');
        var state = (end < 0 ? line : line[..end]).TrimEnd(" \t\r"u8);
        return state.EndsWith(" installed"u8) || state.EndsWith(" triggers-pending"u8) || state.EndsWith(" triggers-awaited"u8);
    }
}
