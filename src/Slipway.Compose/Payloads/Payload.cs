using System.Globalization;
using System.Text;
using Slipway.Content;
using Slipway.Updates;

namespace Slipway.Compose.Payloads;

/// <summary>One path of a package's payload, with the hashes taken while it was unpacked.</summary>
/// <param name="Path">Relative to the root, as in the package (nothing folded).</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="Blob">Number of the file that holds a regular file's content; -1 for anything else. Hard links share one.</param>
/// <param name="Hash">The update content's hash of a regular file; all zeros for anything else.</param>
public sealed record PayloadEntry(
    BytePath Path, NodeType Type, int Mode, uint Uid, uint Gid, long Size, BytePath LinkTarget, int Blob, SwupdHash Hash, Digest Content);

/// <summary>A package's payload, unpacked once: the entries and the directory with the content of its files by number.</summary>
public sealed record Payload(string Directory, IReadOnlyList<PayloadEntry> Entries)
{
    /// <summary>Most entries one package may have.</summary>
    public const int MaxEntries = 2_000_000;

    private const string Heading = "payload 1";

    public string PathOf(int blob) => Path.Combine(Directory, blob.ToString(CultureInfo.InvariantCulture));

    internal static void WriteList(Stream into, IEnumerable<PayloadEntry> entries)
    {
        using var writer = new StreamWriter(into, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(Heading);
        foreach (var e in entries)
        {
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{(int)e.Type}\t{e.Mode}\t{e.Uid}\t{e.Gid}\t{e.Size}\t{e.Blob}\t{e.Hash}\t{(e.Blob < 0 ? "" : e.Content.ToString())}\t{Hex(e.Path)}\t{Hex(e.LinkTarget)}"));
        }
        writer.WriteLine("end");
    }

    /// <summary>Null when the list is not whole or of another layout: the payload is unpacked again.</summary>
    internal static IReadOnlyList<PayloadEntry>? ReadList(string file)
    {
        if (!File.Exists(file))
            return null;
        var lines = File.ReadAllLines(file);
        if (lines.Length < 2 || lines[0] != Heading || lines[^1] != "end")
            return null;
        var entries = new PayloadEntry[lines.Length - 2];
        for (var i = 0; i < entries.Length; i++)
            entries[i] = ReadEntry(lines[i + 1].Split('\t'));
        return entries;
    }

    private static PayloadEntry ReadEntry(string[] fields)
    {
        static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
        return new PayloadEntry(
            new BytePath(Convert.FromHexString(fields[8])), (NodeType)Number(fields[0]), (int)Number(fields[1]), (uint)Number(fields[2]), (uint)Number(fields[3]),
            Number(fields[4]), new BytePath(Convert.FromHexString(fields[9])), (int)Number(fields[5]), SwupdHash.Parse(fields[6]),
            fields[7].Length == 0 ? default : Digest.Parse(fields[7]));
    }

    private static string Hex(BytePath path) => Convert.ToHexStringLower(path.Span);
}
