using System.Text;

namespace Slipway.Packages.Solving;

/// <summary>Finds the packages that a Packages index marks Essential; libsolv's reader passes over the field.</summary>
internal static class EssentialPackages
{
    public static IReadOnlySet<(string Name, string Version)> Find(ReadOnlySpan<byte> index)
    {
        var found = new HashSet<(string, string)>();
        for (var at = 0; index[at..].IndexOf("\nEssential: yes"u8) is >= 0 and var next; at += next + 1)
        {
            var hit = at + next;
            var start = index[..hit].LastIndexOf("\n\n"u8) is >= 0 and var before ? before + 2 : 0;
            var length = index[start..].IndexOf("\n\n"u8);
            var stanza = length < 0 ? index[start..] : index.Slice(start, length);
            found.Add((Field(stanza, "Package: "u8), Field(stanza, "Version: "u8)));
        }
        return found;
    }

    private static string Field(ReadOnlySpan<byte> stanza, ReadOnlySpan<byte> name)
    {
        foreach (var range in stanza.Split((byte)'\n'))
        {
            var line = stanza[range];
            if (line.StartsWith(name)) return Encoding.UTF8.GetString(line[name.Length..].Trim((byte)' '));
        }
        return "";
    }
}
