using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Updates.Tests;

/// <summary>A node of a test release: what it is, its mode, and its content or link target.</summary>
internal sealed record TestNode(RecordType Type, int Mode, byte[] Content, RecordStatus Status = RecordStatus.Present)
{
    public static TestNode File(string text, int mode = 0x1a4) => new(RecordType.File, mode, Encoding.UTF8.GetBytes(text));

    public static TestNode File(byte[] content, int mode = 0x1a4) => new(RecordType.File, mode, content);

    public static TestNode Directory(int mode = 0x1ed) => new(RecordType.Directory, mode, []);

    public static TestNode Link(string target) => new(RecordType.Link, 0x1ff, Encoding.UTF8.GetBytes(target));

    public static TestNode Ghost() => new(RecordType.Unset, 0, [], RecordStatus.Ghosted);

    public SwupdHash Hash => Type switch
    {
        RecordType.File => SwupdHash.OfFile((uint)Mode, 0, 0, Content),
        RecordType.Directory => SwupdHash.OfDirectory((uint)Mode, 0, 0),
        RecordType.Link => SwupdHash.OfLink(0, 0, Content),
        _ => SwupdHash.Zero,
    };

    public TarEntry ToEntry(string name) => new()
    {
        Name = BytePath.From(name),
        Type = Type switch { RecordType.File => NodeType.Regular, RecordType.Directory => NodeType.Directory, _ => NodeType.Symlink },
        Mode = Mode,
        Size = Type == RecordType.File ? Content.Length : 0,
        LinkTarget = Type == RecordType.Link ? new BytePath(Content) : BytePath.Empty,
    };
}

/// <summary>One bundle of a test release: its own paths; parents and the tracking file come by themselves.</summary>
internal sealed record TestBundle(string Name, Dictionary<string, TestNode> Nodes, string[]? Includes = null);

/// <summary>
/// Publishes small releases, written by hand and apart from the engine, so that the device is tested against the format and
/// not against our own maker of content.
/// </summary>
internal sealed class TestContent(string directory, SigningCertificate signer, DateTimeOffset now, int format = 30)
{
    private readonly Dictionary<string, Manifest> _last = [];
    private readonly Dictionary<string, Dictionary<string, TestNode>> _nodes = [];
    private uint _previous;

    public string Directory => directory;

    public string Url => $"file://{directory}";

    /// <summary>Extra members of delta packs: (from version, bundle) gives delta files by name.</summary>
    public Dictionary<(uint From, string Bundle), Dictionary<string, byte[]>> Deltas { get; } = [];

    public void Publish(uint version, params TestBundle[] bundles)
    {
        foreach (var bundle in bundles)
        {
            var nodes = Complete(bundle, version);
            var old = _last.GetValueOrDefault(bundle.Name);
            var manifest = ManifestOf(bundle, version, nodes, old);
            if (manifest.Records.Any(record => record.Version == version) || old is null)
            {
                WriteBundle(bundle, version, nodes, manifest, old);
                _last[bundle.Name] = manifest;
            }
            _nodes[bundle.Name] = nodes;
        }
        foreach (var gone in _last.Keys.Except(bundles.Select(bundle => bundle.Name)).ToList())
        {
            _last.Remove(gone);
        }
        WriteMom(version, signer);
        Point(version);
        _previous = version;
    }

    /// <summary>Points the plain version pointers to a version.</summary>
    public void Point(uint version, string below = "")
    {
        foreach (var path in (string[])["version/latest_version", $"version/format{format}/latest"])
        {
            var content = Encoding.ASCII.GetBytes(version.ToString(CultureInfo.InvariantCulture));
            Write(below + path, content);
            Write(below + path + ".sig", signer.Sign(content, now));
        }
    }

    public void WriteChannel(ChannelPointer pointer, string below = "")
    {
        var (content, signature) = pointer.ToSigned(bytes => signer.Sign(bytes.Span, now));
        Write(below + "channel.json", content);
        Write(below + "channel.json.sig", signature);
    }

    public Digest MomDigest(uint version) => Digest.OfFile(Path.Combine(directory, version.ToString(CultureInfo.InvariantCulture), "Manifest.MoM"));

    public Manifest ManifestOf(string bundle) => _last[bundle];

    public void WriteMom(uint version, SigningCertificate key)
    {
        var records = _last.Values.Select(manifest => new ManifestRecord(RecordType.Manifest, RecordStatus.Present, default, RecordMark.None, SwupdHash.OfManifest(manifest.ToBytes()), manifest.Version, BytePath.From(manifest.Name)));
        var mom = new Manifest
        {
            Name = Manifest.MoM,
            Format = format,
            Version = version,
            Previous = _previous,
            FileCount = (uint)_last.Count,
            Timestamp = now.ToUnixTimeSeconds(),
            Records = [.. records.OrderBy(record => record.Version).ThenBy(record => record.Name)],
        };
        var text = mom.ToBytes();
        var signature = key.Sign(text, now);
        Write($"{version}/Manifest.MoM", text);
        Write($"{version}/Manifest.MoM.sig", signature);
        Write($"{version}/Manifest.MoM.tar", Tar(Compression.Xz, ("Manifest.MoM", TestNode.File(text)), ("Manifest.MoM.sig", TestNode.File(signature))));
    }

    public void Write(string path, byte[] content)
    {
        var file = Path.Combine(directory, path);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
    }

    public static byte[] Tar(Compression compression, params (string Name, TestNode Node)[] members)
    {
        using var packed = new MemoryStream();
        using (var plain = Compressor.Compress(packed, compression, leaveOpen: true))
        {
            using var tar = new TarWriter(plain, leaveOpen: true);
            foreach (var (name, node) in members)
            {
                tar.Add(node.ToEntry(name), node.Type == RecordType.File ? new MemoryStream(node.Content) : null);
            }
            tar.Finish();
        }
        return packed.ToArray();
    }

    private static Dictionary<string, TestNode> Complete(TestBundle bundle, uint version)
    {
        var nodes = new Dictionary<string, TestNode>(bundle.Nodes) { [$"/usr/share/clear/bundles/{bundle.Name}"] = TestNode.File("") };
        if (bundle.Name == "os-core")
        {
            nodes["/usr/share/clear/version"] = TestNode.File($"{version}\n");
        }
        foreach (var path in nodes.Keys.ToList())
        {
            for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                nodes.TryAdd(path[..slash], TestNode.Directory());
            }
        }
        return nodes;
    }

    private Manifest ManifestOf(TestBundle bundle, uint version, Dictionary<string, TestNode> nodes, Manifest? old)
    {
        var before = old?.Records.ToDictionary(record => record.Name.ToString()) ?? [];
        var records = nodes.Select(pair => before.GetValueOrDefault(pair.Key) is { } same && same.Hash == pair.Value.Hash && same.Status == pair.Value.Status
            ? same
            : new ManifestRecord(pair.Value.Type, pair.Value.Status, default, RecordMark.None, pair.Value.Hash, version, BytePath.From(pair.Key))).ToList();
        records.AddRange(before.Values.Where(record => !nodes.ContainsKey(record.Name.ToString())).Select(record => record.IsPresent
            ? new ManifestRecord(RecordType.Unset, RecordStatus.Deleted, default, RecordMark.None, SwupdHash.Zero, version, record.Name)
            : record));
        return new Manifest
        {
            Name = bundle.Name,
            Format = format,
            Version = version,
            Previous = old?.Version ?? 0,
            FileCount = (uint)records.Count,
            Timestamp = now.ToUnixTimeSeconds(),
            ContentSize = (ulong)nodes.Values.Sum(node => node.Content.Length),
            Includes = bundle.Name == "os-core" ? [] : ["os-core", .. bundle.Includes ?? []],
            Records = [.. records.OrderBy(record => record.Version).ThenBy(record => record.Name)],
        };
    }

    private void WriteBundle(TestBundle bundle, uint version, Dictionary<string, TestNode> nodes, Manifest manifest, Manifest? old)
    {
        Write($"{version}/Manifest.{bundle.Name}.tar", Tar(Compression.Xz, ($"Manifest.{bundle.Name}", TestNode.File(manifest.ToBytes()))));
        var present = manifest.Records.Where(record => record.IsPresent).Select(record => (record, Node: nodes[record.Name.ToString()])).ToList();
        foreach (var (record, node) in present.Where(pair => pair.record.Version == version))
        {
            Write($"{version}/files/{record.Hash}.tar", Tar(node.Type == RecordType.File ? Compression.Xz : Compression.Gzip, (record.Hash.ToString(), node)));
        }
        Write($"{version}/pack-{bundle.Name}-from-0.tar", Pack(Compression.Xz, present.Select(pair => pair.Node), []));
        if (old is not null)
        {
            var deltas = Deltas.GetValueOrDefault((old.Version, bundle.Name)) ?? [];
            var fresh = present.Where(pair => pair.record.Version == version && !deltas.Keys.Any(name => name.EndsWith(pair.record.Hash.ToString(), StringComparison.Ordinal)));
            Write($"{version}/pack-{bundle.Name}-from-{old.Version}.tar", Pack(Compression.Zstd, fresh.Select(pair => pair.Node), deltas));
        }
    }

    private static byte[] Pack(Compression compression, IEnumerable<TestNode> nodes, Dictionary<string, byte[]> deltas) => Tar(compression,
    [
        ("delta", TestNode.Directory(0x1c0)),
        ("staged", TestNode.Directory(0x1c0)),
        .. deltas.Select(delta => ($"delta/{delta.Key}", TestNode.File(delta.Value))),
        .. nodes.DistinctBy(node => node.Hash).Select(node => ($"staged/{node.Hash}", node)),
    ]);
}
