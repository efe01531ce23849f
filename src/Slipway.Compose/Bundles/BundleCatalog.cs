using Slipway.Content;

namespace Slipway.Compose.Bundles;

/// <summary>Where a bundle's definition stands.</summary>
public enum BundleOrigin
{
    /// <summary>A file of its own in the workspace.</summary>
    Local,

    /// <summary>A line of the workspace's local-packages.</summary>
    LocalPackage,

    /// <summary>A file of the upstream bundles.</summary>
    Upstream,

    /// <summary>A line of upstream's packages list.</summary>
    UpstreamPackage,
}

/// <summary>
/// All definitions that a workspace knows, in the order in which they are looked up (format clause 2.4): local-bundles/, local-packages,
/// upstream bundles/, upstream packages.
/// </summary>
public sealed class BundleCatalog
{
    private const long MaxFileBytes = 4 << 20;
    private readonly Dictionary<string, (BundleOrigin Origin, Func<ICollection<ConfigError>, BundleDefinition> Read)> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BundleDefinition> _read = new(StringComparer.Ordinal);

    /// <param name="localBundles">The directory of local definitions; it may be missing.</param>
    /// <param name="localPackages">The list of local one-package bundles; it may be missing.</param>
    /// <param name="upstream">The directory with upstream's bundles/ and packages. Unset: there is none.</param>
    public BundleCatalog(string localBundles, string localPackages, string? upstream)
    {
        AddDirectory(localBundles, BundleOrigin.Local);
        AddList(localPackages, BundleOrigin.LocalPackage);
        if (upstream is null)
            return;
        AddDirectory(Path.Combine(upstream, "bundles"), BundleOrigin.Upstream);
        AddList(Path.Combine(upstream, "packages"), BundleOrigin.UpstreamPackage);
    }

    /// <summary>All names, sorted.</summary>
    public IEnumerable<string> Names => _known.Keys.Order(StringComparer.Ordinal);

    public BundleOrigin? OriginOf(string name) => _known.TryGetValue(name, out var known) ? known.Origin : null;

    /// <summary>Of one origin, sorted.</summary>
    public IReadOnlyList<string> Of(params BundleOrigin[] origins) => [.. Names.Where(n => origins.Contains(_known[n].Origin))];

    /// <summary>The definition, read now unless it was already; null when there is none of this name.</summary>
    public BundleDefinition? Find(string name, ICollection<ConfigError> errors)
    {
        if (_read.TryGetValue(name, out var read))
            return read;
        if (!_known.TryGetValue(name, out var known))
            return null;
        return _read[name] = known.Read(errors);
    }

    /// <summary>The bundles named and all that they lead to.</summary>
    /// <param name="wanted">One name a line of the file.</param>
    /// <param name="wantedFile">For messages.</param>
    /// <exception cref="ConfigException">A definition is wrong or missing; all errors are named.</exception>
    public BundleSet Close(IEnumerable<string> wanted, string wantedFile)
    {
        var errors = new List<ConfigError>();
        var names = wanted.Where((name, i) =>
        {
            var isKnown = _known.ContainsKey(name);
            if (!isKnown)
                errors.Add(new ConfigError(wantedFile, i + 1, $"the bundle '{name}' is not defined", BundleSet.Nearest(name, _known.Keys)));
            return isKnown;
        }).ToList();
        var reached = new Dictionary<string, BundleDefinition>(StringComparer.Ordinal);
        var open = new Queue<string>(names.Append(BundleDefinition.Core));
        while (open.TryDequeue(out var next))
        {
            if (reached.ContainsKey(next) || Find(next, errors) is not { } bundle)
                continue;
            bundle = bundle with { AlsoAdd = [.. bundle.AlsoAdd.Where(a => !IsGone(a, names, errors))] };
            reached.Add(next, bundle);
            foreach (var name in bundle.Includes.Concat(bundle.AlsoAdd))
                open.Enqueue(name);
        }
        var set = BundleSet.Close(names, reached, wantedFile, errors, _known.Keys);
        return errors.Count == 0 ? set : throw new ConfigException(errors);
    }

    /// <summary>A change of format took it out of the mix: an optional mention does not bring it back.</summary>
    private bool IsGone(string name, List<string> wanted, List<ConfigError> errors) =>
        !wanted.Contains(name) && Find(name, errors) is { Header.IsDeprecated: true };

    /// <summary>Checks definitions and that all they lead to is defined.</summary>
    /// <param name="strict">All five header fields, and the title, too.</param>
    /// <exception cref="ConfigException">Everything that is wrong, with file and line.</exception>
    public void Validate(IReadOnlyList<string> names, bool strict)
    {
        var errors = new List<ConfigError>();
        foreach (var name in names)
        {
            if (Find(name, errors) is not { } bundle)
            {
                errors.Add(new ConfigError(name, 1, $"the bundle '{name}' is not defined", BundleSet.Nearest(name, _known.Keys)));
                continue;
            }
            foreach (var other in bundle.Includes.Concat(bundle.AlsoAdd).Where(o => !_known.ContainsKey(o)))
                errors.Add(new ConfigError(bundle.File, bundle.LineOf(other), $"the bundle '{other}' is not defined", BundleSet.Nearest(other, _known.Keys)));
            if (strict && !bundle.IsSinglePackage)
                BundleParser.CheckStrictly(bundle, errors);
        }
        if (errors.Count > 0)
            throw new ConfigException(errors);
    }

    private void AddDirectory(string directory, BundleOrigin origin)
    {
        if (!Directory.Exists(directory))
            return;
        foreach (var file in Directory.EnumerateFiles(directory).Where(f => !Path.GetFileName(f).StartsWith('.') && !f.EndsWith('~')))
            _known.TryAdd(Path.GetFileName(file), (origin, errors => BundleParser.Parse(Path.GetFileName(file), file, Text(file), errors)));
    }

    private void AddList(string file, BundleOrigin origin)
    {
        if (!File.Exists(file))
            return;
        var errors = new List<ConfigError>();
        foreach (var bundle in BundleParser.ParsePackagesList(file, Text(file), errors))
            _known.TryAdd(bundle.Name, (origin, _ => bundle));
        if (errors.Count > 0)
            throw new ConfigException(errors);
    }

    private static string Text(string file) => new FileInfo(file).Length <= MaxFileBytes
        ? File.ReadAllText(file)
        : throw new SlipwayException($"read {file}", $"it has more than {MaxFileBytes} bytes", "remove it: it is no bundle definition") { Kind = FailureKind.Usage };
}
