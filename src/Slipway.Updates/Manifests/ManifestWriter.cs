using System.Text;

namespace Slipway.Updates;

internal static class ManifestWriter
{
    // Format 1.2: which header lines a format knows.
    private const int MinVersionSince = 26;
    internal const int AlsoAddSince = 29;

    public static byte[] Write(Manifest manifest)
    {
        Check(manifest);
        using var text = new MemoryStream(200 + manifest.Records.Count * 130);
        Line(text, $"MANIFEST\t{manifest.Format}\n");
        Line(text, $"version:\t{manifest.Version}\n");
        Line(text, $"previous:\t{manifest.Previous}\n");
        if (manifest.Format >= MinVersionSince && manifest.MinVersion != 0) Line(text, $"minversion:\t{manifest.MinVersion}\n");
        Line(text, $"filecount:\t{manifest.FileCount}\n");
        Line(text, $"timestamp:\t{manifest.Timestamp}\n");
        Line(text, $"contentsize:\t{manifest.ContentSize}\n");
        foreach (var include in manifest.Includes) Line(text, $"includes:\t{include}\n");
        if (manifest.Format >= AlsoAddSince)
            foreach (var optional in manifest.AlsoAdd) Line(text, $"also-add:\t{optional}\n");
        text.WriteByte((byte)'\n');
        foreach (var record in manifest.Records) Write(text, record);
        return text.ToArray();
    }

    private static void Write(MemoryStream text, ManifestRecord record)
    {
        Span<byte> start = stackalloc byte[4 + 1 + SwupdHash.TextLength + 1];
        start[0] = (byte)record.Type;
        start[1] = (byte)record.Status;
        start[2] = (byte)record.Modifier.Letter;
        start[3] = (byte)record.Mark;
        start[4] = (byte)'\t';
        record.Hash.Format(start[5..]);
        start[^1] = (byte)'\t';
        text.Write(start);
        Line(text, $"{record.Version}\t");
        text.Write(record.Name.Span);
        text.WriteByte((byte)'\n');
    }

    private static void Line(MemoryStream text, string line) => text.Write(Encoding.ASCII.GetBytes(line));

    private static void Check(Manifest manifest)
    {
        if (manifest.Format is < 1 or > ushort.MaxValue) throw Refused(manifest, $"format {manifest.Format} is out of range");
        if (manifest.Version == 0) throw Refused(manifest, "version 0 is no version");
        if (manifest.Timestamp < 0) throw Refused(manifest, "the timestamp lies before 1970");
        if (manifest.FileCount == 0 || manifest.Records.Count == 0) throw Refused(manifest, "it has no records");
        if (manifest.FileCount < manifest.Records.Count) throw Refused(manifest, "its filecount is below the number of records");
        foreach (var record in manifest.Records)
        {
            if (record is { Type: RecordType.Unset, Status: RecordStatus.Present })
                throw Refused(manifest, $"{record.Name} has neither type nor status");
            if (record.Name.Span.ContainsAny((byte)'\n', (byte)'\t'))
                throw Refused(manifest, $"{record.Name} holds a TAB or line end");
        }
    }

    private static Slipway.Content.SlipwayException Refused(Manifest manifest, string why) =>
        new($"cannot write Manifest.{manifest.Name} of version {manifest.Version}", why);
}
