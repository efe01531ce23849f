using Slipway.Compose.Payloads;
using Slipway.Content;

namespace Slipway.Compose.Roots;

/// <summary>What gives files to a full root: a package's payload, a content directory of a bundle, or what composing makes itself.</summary>
/// <param name="Name">For people: <c>bash 5.2.15-2+b2</c>.</param>
/// <param name="Package">Digest of the package file; unset for what is no package.</param>
/// <param name="Bundles">For people: the bundles that bring it, unless their includes do. Empty where it belongs to none.</param>
public sealed record RootSource(string Name, Digest Package, Payload Payload, string Bundles = "");

/// <summary>One path of a full root and where it comes from.</summary>
public sealed record RootNode(BytePath Path, PayloadEntry Entry, RootSource Source);

/// <summary>
/// The merged tree of a version before it is written: which path comes from which source. A pure function of the sources, so that
/// the same packages give the same tree whatever the order they arrive in.
/// </summary>
public sealed class RootPlan
{
    private const int MaxLinkSteps = 40;

    private readonly Dictionary<BytePath, RootNode> _nodes = [];
    private readonly Dictionary<RootSource, IReadOnlyList<BytePath>> _paths = [];
    private readonly Dictionary<BytePath, BytePath> _directoryLinks = [];

    private HashSet<BytePath> _made = [];

    private RootPlan() { }

    /// <summary>All paths, sorted bytewise: a directory comes before what is in it.</summary>
    public IReadOnlyList<RootNode> Nodes { get; private set; } = [];

    /// <summary>The paths that a source gives, folded, without its parents; a path given by several sources belongs to each.</summary>
    public IReadOnlyList<BytePath> PathsOf(RootSource source) => _paths[source];

    public RootNode? At(BytePath path) => _nodes.GetValueOrDefault(path);

    /// <param name="sources">In order of precedence for directories that disagree in mode: the first one's holds.</param>
    /// <param name="made">What composing makes itself: nothing in it is folded, and its files and links stand before those of packages.</param>
    /// <exception cref="SlipwayException">Two sources disagree about a path; all such paths are named.</exception>
    public static RootPlan Merge(IReadOnlyList<RootSource> sources, RootSource made, MergedUsr layout)
    {
        var plan = new RootPlan();
        plan._made = made.Payload.Entries.Where(e => e.Type != NodeType.Directory).Select(e => e.Path).ToHashSet();
        plan.FindDirectoryLinks(sources, layout);
        var conflicts = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var source in sources)
            plan.Place(source, layout, conflicts);
        plan.PlaceMade(made);
        plan.CheckParents(conflicts);
        if (conflicts.Count > 0)
        {
            throw new SlipwayException("compose the full root", string.Join("; ", conflicts.Take(20)) + (conflicts.Count > 20 ? $"; and {conflicts.Count - 20} more" : ""),
                "leave one of the packages out of the bundles")
            {
                Kind = FailureKind.Usage,
            };
        }
        plan.Nodes = [.. plan._nodes.Values.OrderBy(n => n.Path)];
        return plan;
    }

    // A link of one package to a directory of another: dpkg and rpm keep the link and put what lies below it into the directory.
    private void FindDirectoryLinks(IReadOnlyList<RootSource> sources, MergedUsr layout)
    {
        var directories = new HashSet<BytePath>();
        var links = new Dictionary<BytePath, BytePath>();
        foreach (var entry in sources.SelectMany(s => s.Payload.Entries))
        {
            var path = layout.Fold(entry.Path);
            if (entry.Type == NodeType.Directory)
                directories.Add(path);
            else if (entry.Type == NodeType.Symlink)
                links.TryAdd(path, layout.Fold(Lexical(path.Parent, entry.LinkTarget)));
        }
        foreach (var (path, target) in links)
        {
            if (directories.Contains(path) && directories.Contains(target) && !target.IsBelow(path))
                _directoryLinks.Add(path, target);
        }
    }

    private void Place(RootSource source, MergedUsr layout, SortedSet<string> conflicts)
    {
        var given = new List<BytePath>(source.Payload.Entries.Count);
        foreach (var entry in source.Payload.Entries)
        {
            var path = Resolved(layout.Fold(entry.Path));
            if (path.IsEmpty || _made.Contains(path) || !RootFilter.IsShipped(path) || (layout.IsMoved(entry.Path) && entry.Type == NodeType.Symlink) || IsLinkToItself(path, entry, layout))
                continue;
            if (entry.Type is not (NodeType.Regular or NodeType.Directory or NodeType.Symlink))
                continue; // Format clause 1.6: other types have no hash and are not shipped.
            if (entry.Type == NodeType.Directory && _directoryLinks.ContainsKey(path))
                continue;
            given.Add(path);
            if (_nodes.TryGetValue(path, out var other))
                Compare(other, entry, source, conflicts);
            else
                _nodes.Add(path, new RootNode(path, entry, source));
        }
        _paths.Add(source, given);
    }

    private void PlaceMade(RootSource made)
    {
        foreach (var entry in made.Payload.Entries)
            _nodes.TryAdd(entry.Path, new RootNode(entry.Path, entry, made));
        _paths.Add(made, [.. made.Payload.Entries.Select(e => e.Path)]);
    }

    private static void Compare(RootNode first, PayloadEntry entry, RootSource source, SortedSet<string> conflicts)
    {
        var held = first.Entry;
        var same = held.Type == entry.Type && (held.Type switch
        {
            NodeType.Directory => true,
            NodeType.Symlink => held.LinkTarget == entry.LinkTarget,
            _ => held.Content == entry.Content && held.Mode == entry.Mode && held.Uid == entry.Uid && held.Gid == entry.Gid,
        });
        if (!same)
            conflicts.Add($"/{first.Path} is in {first.Source.Name} and in {source.Name}, and they differ{OfBundles(first.Source, source)}");
    }

    private static string OfBundles(RootSource one, RootSource other) =>
        one.Bundles.Length == 0 || other.Bundles.Length == 0 ? "" : $" (bundles {one.Bundles} and {other.Bundles})";

    private void CheckParents(SortedSet<string> conflicts)
    {
        foreach (var node in _nodes.Values.ToList())
        {
            for (var parent = node.Path.Parent; !parent.IsEmpty; parent = parent.Parent)
            {
                if (!_nodes.TryGetValue(parent, out var above))
                    _nodes.Add(parent, new RootNode(parent, PlainDirectory(parent), node.Source));
                else if (above.Entry.Type != NodeType.Directory)
                    conflicts.Add($"/{parent} is no directory in {above.Source.Name}, but {node.Source.Name} has /{node.Path}");
            }
        }
    }

    internal static PayloadEntry PlainDirectory(BytePath path) =>
        new(path, NodeType.Directory, 0x1ed, 0, 0, 0, BytePath.Empty, -1, default, default);

    private BytePath Resolved(BytePath path)
    {
        for (var steps = 0; steps < MaxLinkSteps && _directoryLinks.Count > 0; steps++)
        {
            var moved = false;
            for (var parent = path.Parent; !parent.IsEmpty && !moved; parent = parent.Parent)
            {
                if (_directoryLinks.TryGetValue(parent, out var target))
                {
                    path = target.Join(path.Span[(parent.Length + 1)..]);
                    moved = true;
                }
            }
            if (!moved)
                break;
        }
        return path;
    }

    // Packages made before the directories were merged hold links like /bin/x -> /usr/bin/x, which would lead to themselves.
    private static bool IsLinkToItself(BytePath path, PayloadEntry entry, MergedUsr layout) =>
        entry.Type == NodeType.Symlink && layout.Fold(Lexical(entry.Path.Parent, entry.LinkTarget)) == path;

    private static BytePath Lexical(BytePath directory, BytePath target)
    {
        var steps = new List<byte[]>();
        var whole = target.StartsWith("/"u8) ? target : directory.Join(target);
        foreach (var range in whole.Span.Split((byte)'/'))
        {
            var step = whole.Span[range];
            if (step.SequenceEqual(".."u8))
            {
                if (steps.Count > 0)
                    steps.RemoveAt(steps.Count - 1);
            }
            else if (!step.IsEmpty && !step.SequenceEqual("."u8))
            {
                steps.Add(step.ToArray());
            }
        }
        var path = BytePath.Empty;
        foreach (var step in steps)
            path = path.Join(step);
        return path;
    }
}
