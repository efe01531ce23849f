using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Content;

namespace Slipway.Updates.Tests.Creation;

/// <summary>A small OS that a test changes from version to version. What is not changed stays as it was.</summary>
internal sealed class TestRelease : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SortedDictionary<string, (TarEntry Entry, byte[] Content)> _nodes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, TestBundle> _bundles = new(StringComparer.Ordinal);

    public TestRelease()
    {
        Bundle("os-core");
        File("/usr/lib/os-release", "NAME=Test\n", bundle: "os-core");
    }

    public string State => _directory.Path;

    /// <summary>The tree as it is now, by absolute path.</summary>
    public IReadOnlyDictionary<string, (TarEntry Entry, byte[] Content)> Nodes => _nodes;

    public IReadOnlyDictionary<string, TestBundle> Bundles => _bundles;

    public TestBundle this[string bundle] => _bundles[bundle];

    public TestBundle Bundle(string name)
    {
        _bundles[name] = new TestBundle();
        File($"/usr/share/clear/bundles/{name}", "", bundle: name);
        return _bundles[name];
    }

    public void RemoveBundle(string name)
    {
        _bundles.Remove(name);
        _nodes.Remove($"/usr/share/clear/bundles/{name}");
    }

    public void File(string path, string content, int mode = 420, uint uid = 0, uint gid = 0, string? bundle = null) =>
        File(path, Encoding.UTF8.GetBytes(content), mode, uid, gid, bundle);

    public void File(string path, byte[] content, int mode = 420, uint uid = 0, uint gid = 0, string? bundle = null) =>
        Add(path, NodeType.Regular, content, mode, uid, gid, "", bundle);

    public void Link(string path, string target, string? bundle = null) =>
        Add(path, NodeType.Symlink, [], 511, 0, 0, target, bundle);

    public void Directory(string path, int mode = 493, string? bundle = null) => Add(path, NodeType.Directory, [], mode, 0, 0, "", bundle);

    public void Fifo(string path, string? bundle = null) => Add(path, NodeType.Fifo, [], 420, 0, 0, "", bundle);

    /// <summary>Takes a path out of the tree, and out of the bundle where one is named.</summary>
    public void Remove(string path, string? bundle = null)
    {
        _nodes.Remove(path);
        if (bundle is not null) _bundles[bundle].Files.Remove(path);
    }

    public CreateReport Build(
        uint version, uint previous = 0, uint minVersion = 0, int format = 30, uint[]? deltasFrom = null,
        Func<CreateOptions, CreateOptions>? change = null)
    {
        Compose(version);
        var options = new CreateOptions
        {
            StateDirectory = State,
            Version = version,
            Previous = previous,
            MinVersion = minVersion,
            Format = format,
            Timestamp = 1000 + version,
            DeltasFrom = deltasFrom ?? [],
            Jobs = 2,
        };
        return ContentCreation.Create(change?.Invoke(options) ?? options, TestContext.Current.CancellationToken);
    }

    /// <summary>Writes the input of a version: full.tar, bundle-infos, groups.ini.</summary>
    public void Compose(uint version)
    {
        var image = _directory[$"image/{version}"];
        System.IO.Directory.CreateDirectory(image);
        using (var file = System.IO.File.Create(Path.Combine(image, "full.tar")))
        using (var tar = new TarWriter(file))
        {
            foreach (var (entry, content) in _nodes.Values) tar.Add(entry with { Size = content.Length }, new MemoryStream(content));
            tar.Finish();
        }

        foreach (var (name, bundle) in _bundles) System.IO.File.WriteAllText(Path.Combine(image, name + "-info"), bundle.ToJson(name));
        System.IO.File.WriteAllText(_directory["groups.ini"], string.Concat(_bundles.Keys.Select(b => $"[{b}]\ngroup={b}\n\n")));
        System.IO.File.WriteAllText(_directory["server.ini"], "[Debuginfo]\nbanned=true\nlib=/usr/lib/debug\nsrc=/usr/src/debug\n");
    }

    public string Published(string below) => _directory["www/" + below];

    public Manifest Read(uint version, string name) =>
        Manifest.Parse(System.IO.File.ReadAllBytes(Published($"{version}/Manifest.{name}")), name, ManifestLimits.Client, version);

    /// <summary>A record as text: flags, version, path; null when the manifest has none of this path.</summary>
    public string? Row(uint version, string name, string path) =>
        string.Join(' ', Read(version, name).Records.Where(r => r.Name.ToString() == path).Select(r => string.Create(
            CultureInfo.InvariantCulture, $"{(char)r.Type}{(char)r.Status}{r.Modifier.Letter}{(char)r.Mark} {r.Version}"))) is { Length: > 0 } row ? row : null;

    public bool IsPublished(string below) => System.IO.File.Exists(Published(below));

    public void Dispose() => _directory.Dispose();

    private void Add(string path, NodeType type, byte[] content, int mode, uint uid, uint gid, string target, string? bundle)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            var parent = path[..slash];
            if (!_nodes.ContainsKey(parent))
                _nodes[parent] = (new TarEntry { Name = BytePath.From("." + parent), Type = NodeType.Directory, Mode = 493 }, []);
            if (bundle is not null) _bundles[bundle].Files.TryAdd(parent, false);
        }

        _nodes[path] = (new TarEntry
        {
            Name = BytePath.From("." + path),
            Type = type,
            Mode = mode,
            Uid = uid,
            Gid = gid,
            LinkTarget = BytePath.From(target),
        }, content);
        if (bundle is not null) _bundles[bundle].Files[path] = path.StartsWith("/usr/bin/", StringComparison.Ordinal);
    }

    internal sealed class TestBundle
    {
        public SortedDictionary<string, bool> Files { get; } = new(StringComparer.Ordinal);

        public List<string> Includes { get; } = [];

        public List<string> AlsoAdd { get; } = [];

        public string Status { get; set; } = "";

        public string ToJson(string name) => JsonSerializer.Serialize(new
        {
            Name = name,
            Filename = name,
            Header = new { Title = name, Status },
            DirectIncludes = Includes,
            OptionalIncludes = AlsoAdd.Count == 0 ? null : AlsoAdd,
            Files,
        });
    }
}
