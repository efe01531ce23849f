using System.Text;
using Slipway.Compose.Bundles;
using Slipway.Compose.Payloads;
using Slipway.Compose.Roots;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Updates;

namespace Slipway.Compose;

/// <summary>What to compose, and where.</summary>
public sealed record ComposeOptions
{
    /// <summary>The mix's state directory: image/, www/, groups.ini and server.ini lie in it.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The bundles of the version.</summary>
    public required BundleSet Bundles { get; init; }

    /// <summary>Each bundle's packages; their files must be in the content store.</summary>
    public required IReadOnlyList<ResolvedBundle> Resolved { get; init; }

    /// <summary>The type of the packages, which decides the layout of the root.</summary>
    public required PackageType Type { get; init; }

    /// <summary>What the version says of itself.</summary>
    public required OsIdentity Identity { get; init; }

    /// <summary>The number that the version is made under. Unset: the one it says; the last version of a format says the first one of the next.</summary>
    public uint? Version { get; init; }

    /// <summary>Bundles of which nothing is left, not even the file that tracks them: devices lose all that was in them. Unset: none.</summary>
    public IReadOnlyCollection<string> Emptied { get; init; } = [];

    /// <summary>The directory that content(/path) lines of bundles are looked up in. Unset: such a line is an error.</summary>
    public string? ContentDirectory { get; init; }

    /// <summary>The bundle that carries a device's URLs, format and certificate. Unset, or not among the bundles: os-core.</summary>
    public string? UpdateBundle { get; init; }

    /// <summary>Which debug files stay out of bundles.</summary>
    public DebugFiles Debug { get; init; } = new(true, "/usr/lib/debug", "/usr/src/debug");

    /// <summary>Files that come into image/V beside the full root. Unset: none.</summary>
    public IReadOnlyList<(string Name, byte[] Content)> BesideImage { get; init; } = [];

    /// <summary>How many packages are unpacked at a time.</summary>
    public int Jobs { get; init; } = Math.Max(1, Environment.ProcessorCount);

    internal uint Number => Version ?? Identity.Version;
}

/// <summary>Which debug files stay out of bundles.</summary>
public sealed record DebugFiles(bool Banned, string Libraries, string Sources);

/// <summary>What composing made.</summary>
/// <param name="Map">Digest of the version's map in the content store.</param>
/// <param name="Paths">Files, links and directories of the full root.</param>
/// <param name="Bytes">Sum of the sizes of its files.</param>
/// <param name="Packages">Different packages in it.</param>
public sealed record Composition(Digest Map, int Paths, long Bytes, int Packages);

/// <summary>Makes the full root of a version and the description of its bundles out of packages. No code of a package is run.</summary>
public sealed class Composer(PayloadStore payloads, ContentStore store)
{
    /// <summary>Writes image/V, whole or not at all; one that is there already is replaced.</summary>
    public Composition Compose(ComposeOptions options, CancellationToken cancellation = default)
    {
        var layout = MergedUsr.Of(options.Type);
        var packages = DistinctPackages(options.Resolved);
        var sources = Unpack(packages, options, cancellation);
        var contents = options.Bundles.Bundles.ToDictionary(b => b.Name, b => ContentOf(b, options));
        var everything = sources.Values.Concat(contents.Values.OfType<RootSource>()).ToList();
        var made = Made(options, layout, everything);
        var plan = RootPlan.Merge(everything, made, layout);
        var files = options.Resolved.ToDictionary(
            b => b.Name,
            b => options.Emptied.Contains(b.Name) ? [] : FilesOf(b, plan, [.. b.Packages.Select(p => sources[p.Digest])], contents[b.Name], OfMade(b.Name, options, made)));
        Write(options, plan, files, cancellation);
        var map = ReleaseMap.Make(options.Number, plan, packages, Owners(options.Bundles, files));
        return new Composition(store.Add(map.ToBytes()), plan.Nodes.Count, plan.Nodes.Where(n => n.Entry.Blob >= 0).Sum(n => n.Entry.Size), packages.Count);
    }

    private static List<ResolvedPackage> DistinctPackages(IReadOnlyList<ResolvedBundle> resolved) =>
        [.. resolved.SelectMany(b => b.Packages).DistinctBy(p => p.Digest)
            // The package that lays out the directories speaks first where packages disagree about a directory's mode.
            .OrderBy(p => p.Name is not ("base-files" or "filesystem")).ThenBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Digest)];

    private Dictionary<Digest, RootSource> Unpack(List<ResolvedPackage> packages, ComposeOptions options, CancellationToken cancellation)
    {
        var sources = new RootSource[packages.Count];
        var bundles = BundlesOf(options);
        // Big ones first, so that no core waits at the end for the last of them.
        var order = Enumerable.Range(0, packages.Count).OrderByDescending(i => packages[i].Size);
        Unwrapped(() => Parallel.ForEach(order, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.Jobs), CancellationToken = cancellation }, i =>
        {
            var package = packages[i];
            var name = $"{package.Name} {package.Version}";
            sources[i] = new RootSource(name, package.Digest, payloads.Open(package.Digest, options.Type, name), bundles[package.Digest]);
        }));
        return sources.ToDictionary(s => s.Package);
    }

    private static Dictionary<Digest, string> BundlesOf(ComposeOptions options)
    {
        var holders = options.Resolved.SelectMany(b => b.Packages.Select(p => (p.Digest, b.Name))).ToLookup(h => h.Digest, h => h.Name);
        return holders.ToDictionary(h => h.Key, h =>
        {
            var names = h.ToHashSet(StringComparer.Ordinal);
            var first = names.Where(n => !options.Bundles.IncludedWith(n).Any(i => names.Contains(i.Name))).Order(StringComparer.Ordinal).ToList();
            return string.Join(", ", (first.Count > 0 ? first : [.. names.Order(StringComparer.Ordinal)]).Take(3));
        });
    }

    private static void Unwrapped(Action parallel)
    {
        try
        {
            parallel();
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<SlipwayException>().FirstOrDefault() is { } first)
        {
            throw new SlipwayException(first.What, first.Why, first.Remedy, e) { Kind = first.Kind };
        }
    }

    private RootSource? ContentOf(BundleDefinition bundle, ComposeOptions options)
    {
        if (bundle.ContentDirectories.Count == 0)
            return null;
        if (options.ContentDirectory is null)
            throw new SlipwayException($"compose bundle {bundle.Name}", "it has content() lines and no content directory is given", "leave the lines out") { Kind = FailureKind.Usage };
        using var tree = RootedTree.Open(options.ContentDirectory);
        var files = new List<(TarEntry, byte[])>();
        foreach (var directory in bundle.ContentDirectories)
        {
            var top = BytePath.From(directory).Relative;
            if (tree.Stat(top)?.Type != NodeType.Directory)
                throw new SlipwayException($"compose bundle {bundle.Name}", $"content({directory}) names no directory", "add it or correct the line") { Kind = FailureKind.Usage };
            foreach (var (path, stat) in tree.Walk(top))
            {
                if (path != top && stat.Type is NodeType.Regular or NodeType.Directory or NodeType.Symlink)
                    files.Add(ContentEntry(tree, path, new BytePath(path.Span[(top.Length + 1)..]), stat));
            }
        }
        return new RootSource($"the content of bundle {bundle.Name}", default, payloads.Make(files));
    }

    private static (TarEntry, byte[]) ContentEntry(RootedTree tree, BytePath from, BytePath to, FileStat stat)
    {
        var content = stat.Type == NodeType.Regular ? tree.ReadAllBytes(from) : [];
        return (new TarEntry
        {
            Name = to,
            Type = stat.Type,
            Mode = stat.Permissions,
            Uid = stat.Uid,
            Gid = stat.Gid,
            Size = content.Length,
            LinkTarget = stat.Type == NodeType.Symlink ? tree.ReadLink(from) : BytePath.Empty,
        }, content);
    }

    private RootSource Made(ComposeOptions options, MergedUsr layout, IReadOnlyList<RootSource> sources)
    {
        var files = new List<(TarEntry, byte[])>();
        foreach (var directory in new[] { "dev", "etc", "proc", "run", "sys", "usr", "usr/bin", "usr/lib", "var" })
            files.Add((new TarEntry { Name = BytePath.From(directory), Type = NodeType.Directory, Mode = 0x1ed }, []));
        files.Add((new TarEntry { Name = BytePath.From("tmp"), Type = NodeType.Directory, Mode = 0x3ff }, []));
        foreach (var (path, target) in layout.Links)
        {
            var leadsTo = path.Parent.Join(target);
            if (layout.Links.All(l => l.Path != leadsTo))
                files.Add((new TarEntry { Name = leadsTo, Type = NodeType.Directory, Mode = 0x1ed }, []));
            files.Add((new TarEntry { Name = path, Type = NodeType.Symlink, Mode = 0x1ff, LinkTarget = target }, []));
        }
        foreach (var (path, content) in options.Identity.Files(options.Identity.OsReleaseFile ?? OsReleaseTemplate(options.Identity, layout, sources)))
            files.Add(MadeFile(path, content));
        foreach (var bundle in options.Bundles.Bundles.Where(b => !options.Emptied.Contains(b.Name)))
            files.Add(MadeFile(TrackingFile(bundle.Name), []));
        return new RootSource("composing", default, payloads.Make([.. files.DistinctBy(f => f.Item1.Name)]));
    }

    private static (TarEntry, byte[]) MadeFile(string path, byte[] content) =>
        (new TarEntry { Name = BytePath.From(path), Type = NodeType.Regular, Mode = 0x1a4, Size = content.Length }, content);

    private static byte[]? OsReleaseTemplate(OsIdentity identity, MergedUsr layout, IReadOnlyList<RootSource> sources)
    {
        foreach (var template in identity.Templates())
        {
            foreach (var source in sources)
            {
                var entry = source.Payload.Entries.FirstOrDefault(e => e.Blob >= 0 && e.Size < 1 << 20 && layout.Fold(e.Path) == template);
                if (entry is not null)
                    return File.ReadAllBytes(source.Payload.PathOf(entry.Blob));
            }
        }
        return null;
    }

    // Format clause 2.5, item 4: what tells a device where its updates are belongs to the update bundle, all else to os-core.
    private static IEnumerable<BytePath> OfMade(string bundle, ComposeOptions options, RootSource made)
    {
        var update = options.UpdateBundle is { } named && options.Bundles.Bundles.Any(b => b.Name == named) ? named : BundleDefinition.Core;
        return made.Payload.Entries.Select(e => e.Path).Where(p => !p.IsBelow(s_tracking) && bundle == (OsIdentity.IsForUpdates(p) ? update : BundleDefinition.Core));
    }

    private static HashSet<BytePath> FilesOf(ResolvedBundle bundle, RootPlan plan, IReadOnlyList<RootSource> packages, RootSource? content, IEnumerable<BytePath> made)
    {
        var files = new HashSet<BytePath> { BytePath.From(TrackingFile(bundle.Name)) };
        foreach (var source in packages.Concat(new[] { content }.OfType<RootSource>()))
            files.UnionWith(plan.PathsOf(source));
        files.UnionWith(made);
        foreach (var file in files.ToList())
        {
            for (var parent = file.Parent; !parent.IsEmpty && files.Add(parent); parent = parent.Parent)
            {
            }
        }
        return files;
    }

    private static Func<BytePath, IReadOnlyList<string>> Owners(BundleSet bundles, Dictionary<string, HashSet<BytePath>> files)
    {
        var included = files.Keys.ToDictionary(name => name, name => bundles.IncludedWith(name).Select(b => b.Name).ToHashSet());
        var names = files.Keys.Order(StringComparer.Ordinal).ToList();
        return path =>
        {
            var holders = names.Where(n => files[n].Contains(path)).ToList();
            var owners = holders.Where(n => !holders.Any(h => h != n && included[n].Contains(h))).ToList();
            return owners.Count > 0 ? owners : holders;
        };
    }

    private static void Write(ComposeOptions options, RootPlan plan, Dictionary<string, HashSet<BytePath>> files, CancellationToken cancellation)
    {
        using var state = RootedTree.OpenOrCreate(options.StateDirectory);
        state.MakeDirectories(BytePath.From("image"));
        var image = BytePath.From($"image/{options.Number}");
        var partial = BytePath.From($"image/.{options.Number}.partial");
        state.RemoveTree(partial);
        state.MakeDirectory(partial, 0x1ed);
        FullRoot.Write(plan, Path.Combine(options.StateDirectory, "image", $".{options.Number}.partial", "full"), cancellation);
        state.WriteFile(partial.Join(NodeRecords.FileName), NodeRecords.ToBytes(RecordsOf(plan)), 0x1a4);
        foreach (var bundle in options.Bundles.Bundles)
        {
            var paths = files[bundle.Name];
            state.WriteFile(partial.Join($"{bundle.Name}-info"), BundleInfoFile.Json(bundle, options.Bundles.AllPackages(bundle.Name), paths), 0x1a4);
            if (BundleInfoFile.ExtraFiles(paths) is { } extra)
                state.WriteFile(partial.Join($"{bundle.Name}-extra-files"), extra, 0x1a4);
        }
        foreach (var (name, content) in options.BesideImage)
        {
            state.MakeDirectories(partial.Join(name).Parent);
            state.WriteFile(partial.Join(name), content, 0x1a4);
        }
        state.RemoveTree(image);
        state.Rename(partial, image);
        WriteSettings(state, options);
    }

    // Hashes were taken when the packages were unpacked: making content need not read the tree (format 5.2).
    private static IEnumerable<NodeRecord> RecordsOf(RootPlan plan) => plan.Nodes.Where(n => n.Entry.Blob >= 0).Select(n =>
        new NodeRecord(BytePath.From("/").Join(n.Path), n.Entry.Hash, null, (uint)n.Entry.Mode, n.Entry.Uid, n.Entry.Gid, n.Entry.Size));

    // Format clause 2.5, item 2. Sorted, where the original's order changes from run to run.
    private static void WriteSettings(RootedTree state, ComposeOptions options)
    {
        var groups = string.Concat(options.Bundles.Bundles.Select(b => b.Name).Order(StringComparer.Ordinal).Select(b => $"[{b}]\ngroup={b}\n\n"));
        state.WriteFile(BytePath.From("groups.ini"), Encoding.UTF8.GetBytes(groups), 0x1a4);
        state.WriteFile(BytePath.From("server.ini"), Encoding.UTF8.GetBytes(
            $"[Server]\nemptydir=empty\nimagebase=image\noutputdir=www\n\n[Debuginfo]\nbanned={(options.Debug.Banned ? "true" : "false")}\nlib={options.Debug.Libraries}\nsrc={options.Debug.Sources}\n"), 0x1a4);
    }

    private static readonly BytePath s_tracking = BytePath.From("usr/share/clear/bundles");

    private static string TrackingFile(string bundle) => $"usr/share/clear/bundles/{bundle}";
}
