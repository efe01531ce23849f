using System.Buffers.Text;
using System.Text;
using Slipway.Content;

namespace Slipway.Updates;

internal sealed class ManifestReader(string name, ManifestLimits limits)
{
    private readonly HashSet<string> _seen = [];
    private readonly List<string> _includes = [];
    private readonly List<string> _alsoAdd = [];
    private readonly List<ManifestRecord> _records = [];
    private readonly Dictionary<string, ulong> _numbers = [];
    private int _line;

    public Manifest Read(ReadOnlySpan<byte> text, uint? version)
    {
        while (NextLine(ref text, out var line) && line.Length > 0) ReadHeaderLine(line);
        foreach (var key in (string[])["MANIFEST", "version", "previous", "filecount", "timestamp", "contentsize"])
            if (!_seen.Contains(key)) throw Wrong($"the header line \"{key}\" is missing");
        var ownVersion = (uint)_numbers["version"];
        if (version is { } wanted && wanted != ownVersion)
            throw Wrong($"it is of version {ownVersion}, but version {wanted} was asked for");
        while (NextLine(ref text, out var line)) ReadRecord(line);
        if (_records.Count == 0) throw Wrong("it has no records");
        return new Manifest
        {
            Name = name,
            Format = (int)_numbers["MANIFEST"],
            Version = ownVersion,
            Previous = (uint)_numbers["previous"],
            MinVersion = (uint)_numbers.GetValueOrDefault("minversion"),
            FileCount = (uint)_numbers["filecount"],
            Timestamp = (long)_numbers["timestamp"],
            ContentSize = _numbers["contentsize"],
            Includes = _includes,
            AlsoAdd = _alsoAdd,
            Records = _records,
        };
    }

    private bool NextLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        line = default;
        if (text.IsEmpty) return false;
        _line++;
        var end = text.IndexOf((byte)'\n');
        if (end < 0) throw Wrong("the last line has no end: the file was cut off");
        if (end > limits.MaxLineBytes) throw Wrong($"the line has {end} bytes; at most {limits.MaxLineBytes} are allowed");
        line = text[..end];
        text = text[(end + 1)..];
        return true;
    }

    private void ReadHeaderLine(ReadOnlySpan<byte> line)
    {
        var tab = line.IndexOf((byte)'\t');
        if (tab < 0) throw Wrong("a header line without TAB");
        var key = Encoding.Latin1.GetString(line[..tab]).TrimEnd(':');
        var value = line[(tab + 1)..];
        if (_line == 1 && !line.StartsWith("MANIFEST\t"u8)) throw Wrong("it does not begin with MANIFEST");
        switch (key)
        {
            case "MANIFEST": ReadNumber(key, value, 1, ushort.MaxValue); break;
            case "version": ReadNumber(key, value, 1, uint.MaxValue); break;
            case "previous" or "minversion": ReadNumber(key, value, 0, uint.MaxValue); break;
            case "filecount": ReadNumber(key, value, 0, (ulong)limits.MaxRecords); break;
            case "timestamp": ReadNumber(key, value, 0, long.MaxValue); break;
            case "contentsize": ReadNumber(key, value, 0, limits.MaxContentSize); break;
            case "includes": AddBundle(_includes, value); break;
            case "also-add": AddBundle(_alsoAdd, value); break;
            default: break; // Later formats may add keys; readers pass over them (format 1.2).
        }
    }

    private void ReadNumber(string key, ReadOnlySpan<byte> value, ulong min, ulong max)
    {
        if (!_seen.Add(key)) throw Wrong($"the header line \"{key}\" is there twice");
        _numbers[key] = Number(value, key, min, max);
    }

    private ulong Number(ReadOnlySpan<byte> value, string what, ulong min, ulong max)
    {
        if (!Utf8Parser.TryParse(value, out ulong number, out var used) || used != value.Length || value[0] == '+')
            throw Wrong($"{what} is not a number: {new BytePath(value[..Math.Min(value.Length, 40)])}");
        if (number < min || number > max) throw Wrong($"{what} is {number}; allowed is {min} to {max}");
        return number;
    }

    private void AddBundle(List<string> list, ReadOnlySpan<byte> value)
    {
        if (!Manifest.IsBundleName(value))
            throw Wrong($"not a bundle name: {new BytePath(value[..Math.Min(value.Length, 200)])}");
        if (_includes.Count + _alsoAdd.Count >= limits.MaxIncludes) throw Wrong("too many included bundles");
        list.Add(Encoding.ASCII.GetString(value));
    }

    private void ReadRecord(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty) throw Wrong("an empty line among the records");
        if (_records.Count >= limits.MaxRecords) throw Wrong($"more than {limits.MaxRecords} records");
        var first = line.IndexOf((byte)'\t');
        var second = first < 0 ? -1 : line[(first + 1)..].IndexOf((byte)'\t') + first + 1;
        var third = second <= first ? -1 : line[(second + 1)..].IndexOf((byte)'\t') + second + 1;
        if (third <= second) throw Wrong("a record needs four columns parted by TABs");
        if (first != 4) throw Wrong("the flags need four characters");
        if (!SwupdHash.TryParse(line[5..second], out var hash)) throw Wrong("the hash is not 64 hexadecimal digits");
        var version = (uint)Number(line[(second + 1)..third], "the record's version", 1, uint.MaxValue);
        var recordName = line[(third + 1)..];
        CheckName(recordName);
        if (ReadFlags(line[..4], hash, version, new BytePath(recordName)) is { } record) _records.Add(record);
    }

    private ManifestRecord? ReadFlags(ReadOnlySpan<byte> flags, SwupdHash hash, uint version, BytePath recordName)
    {
        // Iterative manifests ("I") are no longer made and no longer used.
        if (flags[0] == 'I') return null;
        if (flags[0] is not ((byte)'F' or (byte)'D' or (byte)'L' or (byte)'M' or (byte)'.'))
            throw Wrong($"unknown type \"{Show(flags[0])}\"");
        if (flags[1] is not ((byte)'.' or (byte)'d' or (byte)'g' or (byte)'e')) throw Wrong($"unknown status \"{Show(flags[1])}\"");
        if (!Modifier.TryParse(flags[2], out var modifier)) throw Wrong($"unknown modifier \"{Show(flags[2])}\"");
        if (flags[3] is not ((byte)'.' or (byte)'x' or (byte)'m' or (byte)'r')) throw Wrong($"unknown mark \"{Show(flags[3])}\"");
        if ((flags[0] == 'M') != (name == Manifest.MoM)) throw Wrong($"type \"{Show(flags[0])}\" has no place in {name}");
        if (flags[0] == '.' && flags[1] == '.') throw Wrong("neither a type nor a status");
        // "r" marked renames once; it is read as nothing.
        var mark = flags[3] == 'r' ? RecordMark.None : (RecordMark)flags[3];
        return new ManifestRecord((RecordType)flags[0], (RecordStatus)flags[1], modifier, mark, hash, version, recordName);
    }

    private void CheckName(ReadOnlySpan<byte> recordName)
    {
        if (name == Manifest.MoM)
        {
            if (!Manifest.IsBundleName(recordName)) throw Wrong($"not a bundle name: {Shown(recordName)}");
            return;
        }

        if (recordName.IsEmpty || recordName[0] != '/') throw Wrong($"a path without leading slash: {Shown(recordName)}");
        if (recordName.Length > 4095 || recordName.Contains((byte)0)) throw Wrong("a path that no file can have");
        foreach (var range in recordName[1..].Split((byte)'/'))
        {
            var part = recordName[1..][range];
            if (part.IsEmpty || part.SequenceEqual("."u8) || part.SequenceEqual(".."u8))
                throw Wrong($"a path that is not plain: {Shown(recordName)}");
        }
    }

    private static string Shown(ReadOnlySpan<byte> bytes) => new BytePath(bytes[..Math.Min(bytes.Length, 200)]).ToString();

    private static string Show(byte flag) => new BytePath([flag]).ToString();

    private InvalidContentException Wrong(string why) => new("Manifest." + name, $"line {_line}", why);
}
