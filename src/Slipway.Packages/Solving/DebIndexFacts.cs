using System.Buffers.Text;
using System.Collections;
using System.Text;

namespace Slipway.Packages.Solving;

/// <summary>What libsolv's reader of Packages files passes over.</summary>
/// <param name="Preferred">Priority required, important or standard.</param>
internal readonly record struct DebIndexFact(string Name, string Version, long Size, bool Essential, bool Preferred);

/// <summary>Walks the stanzas of a Packages file.</summary>
internal sealed class DebIndexFacts(byte[] index) : IEnumerable<DebIndexFact>
{
    public IEnumerator<DebIndexFact> GetEnumerator()
    {
        for (var at = 0; at < index.Length;)
        {
            var length = index.AsSpan(at).IndexOf("\n\n"u8);
            var end = length < 0 ? index.Length : at + length;
            if (Read(index.AsSpan(at, end - at)) is { } fact) yield return fact;
            at = end + 2;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static DebIndexFact? Read(ReadOnlySpan<byte> stanza)
    {
        string? name = null, version = null;
        long size = 0;
        bool essential = false, preferred = false;
        while (stanza.Length > 0)
        {
            var end = stanza.IndexOf((byte)'\n');
            var line = end < 0 ? stanza : stanza[..end];
            stanza = end < 0 ? default : stanza[(end + 1)..];
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[0] == ' ') continue;
            var value = line[(colon + 1)..].Trim(" \t"u8);
            var field = line[..colon];
            if (field.SequenceEqual("Package"u8)) name = Encoding.UTF8.GetString(value);
            else if (field.SequenceEqual("Version"u8)) version = Encoding.UTF8.GetString(value);
            else if (field.SequenceEqual("Size"u8)) _ = Utf8Parser.TryParse(value, out size, out _);
            else if (field.SequenceEqual("Essential"u8)) essential = value.SequenceEqual("yes"u8);
            else if (field.SequenceEqual("Priority"u8))
                preferred = value.SequenceEqual("required"u8) || value.SequenceEqual("important"u8) || value.SequenceEqual("standard"u8);
        }
        return name is null || version is null ? null : new DebIndexFact(name, version, size, essential, preferred);
    }
}
