using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Releases.Tests.Adoption;

internal sealed record OldNode(char Type, int Mode, byte[] Content)
{
    public static OldNode File(string text, int mode = 0x1a4) => new('F', mode, Encoding.UTF8.GetBytes(text));

    public static OldNode Directory(int mode = 0x1ed) => new('D', mode, []);

    public static OldNode Link(string target) => new('L', 0x1ff, Encoding.UTF8.GetBytes(target));

    /// <summary>Format clause 1.6.</summary>
    public string Hash
    {
        get
        {
            var (mode, size, content) = Type switch
            {
                'F' => (0x8000UL | (uint)Mode, (ulong)Content.Length, Content),
                'D' => (0x4000UL | (uint)Mode, 0UL, "DIRECTORY"u8.ToArray()),
                _ => (0UL, (ulong)Content.Length, Content),
            };
            return HashOf(mode, size, content);
        }
    }

    public static string HashOf(ulong mode, ulong size, byte[] content)
    {
        var stat = new byte[40];
        BinaryPrimitives.WriteUInt64LittleEndian(stat, mode);
        BinaryPrimitives.WriteUInt64LittleEndian(stat.AsSpan(32), size);
        var key = Convert.ToHexStringLower(HMACSHA256.HashData(stat, Array.Empty<byte>()));
        return Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(key), content));
    }
}

/// <summary>
/// A published stream as the ancestor's tools leave one, with its workspace, written from the clauses of the format alone: no code that
/// makes content here is shared with what is tested.
/// </summary>
internal sealed class OldStream(string root)
{
    private static readonly string s_zeros = new('0', 64);
    private readonly SortedDictionary<string, SortedDictionary<string, OldNode>> _bundles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (uint Version, List<Line> Lines)> _written = [];
    private uint _previous;
    private uint _minimum;

    public string Workspace { get; } = root;

    public string Www => Path.Combine(Workspace, "update", "www");

    public string Certificate => Path.Combine(Workspace, "Swupd_Root.pem");

    public string Key => Path.Combine(Workspace, "private.pem");

    public void Set(string bundle, string path, OldNode node)
    {
        if (!_bundles.TryGetValue(bundle, out var nodes))
            nodes = _bundles[bundle] = new(StringComparer.Ordinal);
        nodes[path] = node;
    }

    public void Remove(string bundle, string path) => _bundles[bundle].Remove(path);

    /// <summary>Makes a version and leads devices to it.</summary>
    /// <param name="says">The number in the root, of the last version of a format another one.</param>
    public void Publish(uint version, int format, uint minVersion = 0, uint? says = null, int? saysFormat = null)
    {
        Set("os-core", "/usr/lib/os-release", OldNode.File($"NAME=\"Old\"\nID=old\nVERSION_ID={says ?? version}\n"));
        Set("os-core", "/usr/share/clear/version", OldNode.File($"{says ?? version}"));
        Set("os-core", "/usr/share/clear/versionstamp", OldNode.File($"{1_700_000_000 + version}"));
        Set("os-core-update", "/usr/share/defaults/swupd/format", OldNode.File($"{saysFormat ?? format}"));
        var directory = Directory.CreateDirectory(Path.Combine(Www, Text(version))).FullName;
        Directory.CreateDirectory(Path.Combine(directory, "files"));
        File.WriteAllText(Path.Combine(directory, "format"), Text(format));
        File.WriteAllText(Path.Combine(directory, "mixer-src-version"), "6.4.1");
        foreach (var (bundle, nodes) in _bundles)
            WriteBundle(directory, bundle, nodes, version, format, minVersion);
        WriteFull(directory, version, format);
        // Clause 1.2: a version that sets none inherits it, and no file changes by that.
        _minimum = minVersion > 0 ? minVersion : _minimum;
        WriteMom(directory, version, format, _minimum);
        _previous = version;
        var pointers = Directory.CreateDirectory(Path.Combine(Www, "version", $"format{format}")).FullName;
        Signed(Path.Combine(Www, "version", "latest_version"), Encoding.ASCII.GetBytes(Text(version)));
        Signed(Path.Combine(pointers, "latest"), Encoding.ASCII.GetBytes(Text(version)));
        if (minVersion == version)
            File.WriteAllText(Path.Combine(pointers, "first"), Text(version));
        File.WriteAllText(Path.Combine(Workspace, "mixversion"), $"{version}\n");
    }

    private void WriteBundle(string directory, string bundle, SortedDictionary<string, OldNode> nodes, uint version, int format, uint minVersion)
    {
        var before = _written.GetValueOrDefault(bundle);
        var old = before.Lines?.ToDictionary(l => l.Path) ?? [];
        var lines = new List<Line>();
        foreach (var (path, node) in nodes)
        {
            var flags = $"{node.Type}..{(path.StartsWith("/usr/bin/", StringComparison.Ordinal) ? 'x' : '.')}";
            var keeps = old.TryGetValue(path, out var there) && there.Hash == node.Hash && there.Version >= minVersion;
            lines.Add(new Line(flags, node.Hash, keeps ? there!.Version : version, path));
        }
        // Clause 1.7, item 4: deletions are carried until the format changes.
        foreach (var gone in old.Values.Where(l => !nodes.ContainsKey(l.Path) && (l.Flags[1] != 'd' || minVersion != version)))
            lines.Add(gone.Flags[1] == 'd' ? gone : new Line($".d.{gone.Flags[3]}", s_zeros, version, gone.Path));
        if (before.Lines is not null && lines.All(l => l.Version != version))
            return;
        var includes = bundle == "os-core" ? "" : "includes:\tos-core\n";
        WriteManifest(directory, bundle, version, before.Version, format, 0, lines, includes, nodes.Values.Sum(n => n.Content.LongLength));
        foreach (var from in (uint[])[0, before.Version])
        {
            var packed = lines.Where(l => l.Flags[1] == '.' && (from == 0 || l.Version == version)).DistinctBy(l => l.Hash)
                .Select(l => ($"staged/{l.Hash}", nodes[l.Path]));
            WriteTar(Path.Combine(directory, $"pack-{bundle}-from-{from}.tar"), Compression.Xz, [("delta/", OldNode.Directory(0x1c0)), ("staged/", OldNode.Directory(0x1c0)), .. packed]);
        }
        _written[bundle] = (version, lines);
    }

    private void WriteFull(string directory, uint version, int format)
    {
        var lines = _written.Values.SelectMany(b => b.Lines).Where(l => l.Flags[1] == '.').GroupBy(l => l.Path)
            .Select(g => g.MaxBy(l => l.Version)! with { Flags = g.First().Flags[..3] + "." }).ToList();
        WriteManifest(directory, "full", version, _previous, format, 0, lines, "", 1);
        foreach (var line in lines.Where(l => l.Version == version).DistinctBy(l => l.Hash))
            WriteTar(Path.Combine(directory, "files", line.Hash + ".tar"), Compression.Gzip, [(line.Hash, _bundles.Values.First(b => b.ContainsKey(line.Path))[line.Path])]);
    }

    private void WriteMom(string directory, uint version, int format, uint minVersion)
    {
        var lines = _written.Select(b => new Line("M...", ManifestHash(Path.Combine(Www, Text(b.Value.Version), "Manifest." + b.Key)), b.Value.Version, b.Key)).ToList();
        var text = ManifestText(version, _previous, format, minVersion, lines, "", 0);
        var file = Path.Combine(directory, "Manifest.MoM");
        Signed(file, text);
        WriteTar(file + ".tar", Compression.Xz, [("Manifest.MoM", new OldNode('F', 0x1a4, text)), ("Manifest.MoM.sig", new OldNode('F', 0x1a4, File.ReadAllBytes(file + ".sig")))]);
    }

    private static void WriteManifest(string directory, string name, uint version, uint previous, int format, uint minVersion, List<Line> lines, string includes, long size)
    {
        var text = ManifestText(version, previous, format, minVersion, lines, includes, size);
        var file = Path.Combine(directory, "Manifest." + name);
        File.WriteAllBytes(file, text);
        WriteTar(file + ".tar", Compression.Xz, [("Manifest." + name, new OldNode('F', 0x1a4, text))]);
    }

    /// <summary>Format clauses 1.2 and 1.4.</summary>
    private static byte[] ManifestText(uint version, uint previous, int format, uint minVersion, List<Line> lines, string includes, long size) => Encoding.UTF8.GetBytes(
        $"MANIFEST\t{format}\nversion:\t{version}\nprevious:\t{previous}\n{(minVersion > 0 ? $"minversion:\t{minVersion}\n" : "")}filecount:\t{lines.Count}\n"
        + $"timestamp:\t{1_700_000_000 + version}\ncontentsize:\t{size}\n{includes}\n"
        + string.Concat(lines.OrderBy(l => l.Version).ThenBy(l => l.Path, StringComparer.Ordinal).Select(l => $"{l.Flags}\t{l.Hash}\t{l.Version}\t{l.Path}\n")));

    private static string ManifestHash(string file)
    {
        var content = File.ReadAllBytes(file);
        return OldNode.HashOf(0x8000 | 0x1a4, (ulong)content.Length, content);
    }

    /// <summary>Format clause 1.11.</summary>
    private void Signed(string file, byte[] content)
    {
        File.WriteAllBytes(file, content);
        ChildProcess.Run(new("openssl", ["smime", "-sign", "-binary", "-in", file, "-signer", Certificate, "-inkey", Key, "-outform", "DER", "-out", file + ".sig"])).Require("sign");
    }

    private static void WriteTar(string file, Compression compression, IEnumerable<(string Name, OldNode Node)> members)
    {
        using var output = File.Create(file);
        using Stream packed = compression == Compression.Xz ? Compressor.Compress(output, compression, leaveOpen: true) : new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
        foreach (var (name, node) in members)
        {
            packed.Write(Header(name, node));
            if (node.Type != 'F')
                continue;
            packed.Write(node.Content);
            packed.Write(new byte[(512 - (node.Content.Length % 512)) % 512]);
        }
        packed.Write(new byte[1024]);
    }

    private static byte[] Header(string name, OldNode node)
    {
        var header = new byte[512];
        void Put(int at, string text) => Encoding.ASCII.GetBytes(text, header.AsSpan(at));
        Put(0, name);
        Put(100, $"{Convert.ToString(node.Mode, 8).PadLeft(7, '0')}");
        Put(108, "0000000");
        Put(116, "0000000");
        Put(124, Convert.ToString(node.Type == 'F' ? node.Content.Length : 0, 8).PadLeft(11, '0'));
        Put(136, "00000000000");
        header[156] = node.Type switch { 'F' => (byte)'0', 'D' => (byte)'5', _ => (byte)'2' };
        if (node.Type == 'L')
            node.Content.CopyTo(header, 157);
        Put(257, "ustar\0" + "00");
        Put(148, "        ");
        Put(148, Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ");
        return header;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Line(string Flags, string Hash, uint Version, string Path);
}
