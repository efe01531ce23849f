using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Which nodes of the full root belong into which bundle's manifest (format 1.7, steps 1 to 3).</summary>
internal sealed class BundleContents
{
    private const string OsCore = "os-core";

    private readonly FullRoot _full;
    private readonly ServerConfiguration _configuration;
    private readonly Dictionary<string, BundleDefinition> _definitions;
    private readonly Dictionary<string, HashSet<int>> _owned = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _includes = [];

    public BundleContents(FullRoot full, ServerConfiguration configuration, IReadOnlyList<BundleDefinition> definitions)
    {
        _full = full;
        _configuration = configuration;
        _definitions = definitions.ToDictionary(d => d.Name, StringComparer.Ordinal);
        foreach (var definition in definitions)
        {
            _owned[definition.Name] = [.. definition.Files.Keys.Select(full.Find).Where(i => i >= 0)];
            _includes[definition.Name] = Includes(definition);
        }
    }

    public DraftManifest Draft(BundleDefinition bundle)
    {
        var included = Closure(bundle.Name);
        var nodes = _owned[bundle.Name].Order().ToList();
        var used = UsedDirectories(nodes);
        var records = new List<DraftRecord>();
        ulong size = 0;
        foreach (var index in nodes)
        {
            var node = _full.Nodes[index];
            if (IsSubtracted(index, node, bundle.Name, included, used)) continue;
            size += (ulong)node.Size;
            if (!_configuration.IsDebugFile(node.Path)) records.Add(RecordOf(node, bundle.Files.GetValueOrDefault(node.Path)));
        }

        return new DraftManifest
        {
            Name = bundle.Name,
            Includes = _includes[bundle.Name],
            AlsoAdd = AlsoAdd(bundle),
            Experimental = bundle.Experimental,
            ContentSize = size,
            Records = records,
        };
    }

    /// <summary>What the bundle's draft follows from; null where the draft must be made to know.</summary>
    public Digest? InputOf(BundleDefinition bundle, int format) => BundleMemory.InputOf(
        bundle, [.. _includes[bundle.Name], "", .. AlsoAdd(bundle)], Closure(bundle.Name).Order(StringComparer.Ordinal).Select(name => _definitions[name]),
        _owned[bundle.Name].Order().Select(index => _full.Nodes[index]), format, _configuration);

    public DraftManifest DraftFull() => new()
    {
        Name = Manifest.Full,
        ContentSize = (ulong)_full.Nodes.Sum(n => n.Size),
        Records = [.. _full.Nodes.Where(n => !_configuration.IsDebugFile(n.Path)).Select(n => RecordOf(n, exported: false))],
    };

    private static DraftRecord RecordOf(FullNode node, bool exported) => new()
    {
        Name = node.Path,
        Type = node.Type,
        Hash = node.Hash,
        Mark = exported ? RecordMark.Exported : RecordMark.None,
    };

    private List<string> AlsoAdd(BundleDefinition bundle) =>
        [.. bundle.OptionalIncludes.Distinct(StringComparer.Ordinal).Where(_definitions.ContainsKey)];

    private IReadOnlyList<string> Includes(BundleDefinition bundle)
    {
        if (bundle.Name == OsCore) return [];
        // The old index bundle is included without being a group (format 1.2).
        var known = bundle.DirectIncludes.Where(i => i == UpdateIndex.Name || (i != OsCore && _definitions.ContainsKey(i)));
        return [OsCore, .. known.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>All bundles that a device has with this one by way of includes; the bundle itself when there is a cycle, too.</summary>
    private HashSet<string> Closure(string bundle)
    {
        var closure = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Queue<string>(_includes[bundle]);
        while (pending.TryDequeue(out var include))
            if (_includes.TryGetValue(include, out var further) && closure.Add(include))
                foreach (var next in further) pending.Enqueue(next);
        return closure;
    }

    private bool IsSubtracted(int index, FullNode node, string bundle, HashSet<string> included, HashSet<int> used)
    {
        var owners = included.Where(i => i != bundle && _owned[i].Contains(index));
        if (node.Type != RecordType.Directory) return owners.Any();
        return included.Contains(OsCore) && bundle != OsCore && _owned[OsCore].Contains(index)
            || !used.Contains(index) && owners.Any();
    }

    /// <summary>Directories that the bundle's files need; files that an included bundle brings count as well.</summary>
    private HashSet<int> UsedDirectories(List<int> nodes)
    {
        var own = nodes.ToHashSet();
        var used = new HashSet<int>();
        foreach (var index in nodes)
        {
            if (_full.Nodes[index].Type == RecordType.Directory) continue;
            var parent = _full.Find(_full.Nodes[index].Path.Parent);
            while (parent >= 0 && own.Contains(parent) && used.Add(parent)) parent = _full.Find(_full.Nodes[parent].Path.Parent);
        }

        return used;
    }
}
