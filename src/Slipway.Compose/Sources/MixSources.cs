using System.Text;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Mirrors;

namespace Slipway.Compose.Sources;

/// <summary>What a mix's sources need to be read.</summary>
public sealed record MixSourceOptions
{
    public required PackageType Type { get; init; }

    public required string Architecture { get; init; }

    /// <summary>Where indexes and downloads are kept.</summary>
    public required string Directory { get; init; }

    public required ContentStore Store { get; init; }

    public required HttpClient Http { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>Gets a line for each repository whose signatures are not checked.</summary>
    public required Action<string> Warn { get; init; }

    /// <summary>True: nothing is asked of the network, what was fetched before is taken.</summary>
    public bool Offline { get; init; }
}

/// <summary>The repositories of a mix: opened for solving together, and asked for packages afterwards.</summary>
public sealed class MixSources
{
    private readonly MixSourceOptions _options;
    private readonly IReadOnlyList<MixRepository> _repositories;
    private readonly UpstreamRepositories? _upstream;
    private readonly HostApt _host;
    private readonly Dictionary<string, string> _directories = new(StringComparer.Ordinal);
    private HashSet<string> _hostIndexes = [];

    public MixSources(IReadOnlyList<MixRepository> repositories, MixSourceOptions options)
    {
        _options = options;
        _repositories = repositories;
        _host = new HostApt(Path.Combine(options.Directory, "apt"), options.Store, options.Clock);
        var indexed = repositories.Where(r => KindOf(r) == MixRepositoryKind.Indexed).ToList();
        if (indexed.Count > 0)
        {
            _upstream = new UpstreamRepositories(
                [.. indexed.Select(ToUpstream)], options.Architecture, options.Http, options.Store, Path.Combine(options.Directory, "indexes"), options.Clock);
        }
        foreach (var name in repositories.Where(r => !r.Checks && KindOf(r) == MixRepositoryKind.Indexed).Select(r => r.Name))
            options.Warn($"signatures of the repository {name} are not checked (gpgcheck=0). Try: slipway mix repo set-key {name} FILE");
    }

    /// <summary>Reads all repositories as they are now into one pool.</summary>
    /// <exception cref="SlipwayException">A repository cannot be reached or does not verify; it is never read as empty.</exception>
    public async Task<SolverPool> OpenAsync(CancellationToken cancellation)
    {
        if (_repositories.Count == 0)
            throw new SlipwayException("open the repositories of the mix", "there are none", "slipway mix repo add NAME URL") { Kind = FailureKind.Usage };
        var pool = new SolverPool(_options.Type, _options.Architecture, Path.Combine(_options.Directory, "solv"));
        try
        {
            if (_upstream is not null)
            {
                await _upstream.SettleAsync(_options.Offline ? null : TimeSpan.Zero, cancellation).ConfigureAwait(false);
                _upstream.AddTo(pool);
            }
            foreach (var repository in _repositories.Where(r => KindOf(r) == MixRepositoryKind.Directory))
                AddDirectory(pool, repository);
            foreach (var repository in _repositories.Where(r => KindOf(r) == MixRepositoryKind.Host))
                AddHost(pool, repository, cancellation);
            foreach (var repository in _repositories.Where(r => r.Exclude.Count > 0))
                pool.Exclude(KindOf(repository) == MixRepositoryKind.Host ? _hostIndexes.Contains : name => name == repository.Name, repository.Exclude);
            return pool;
        }
        catch
        {
            pool.Dispose();
            throw;
        }
    }

    /// <summary>Brings packages that were resolved over <see cref="OpenAsync"/>'s pool into the content store, each verified by its digest.</summary>
    public async Task FetchAsync(IReadOnlyList<ResolvedPackage> packages, CancellationToken cancellation)
    {
        var missing = packages.Where(p => !_options.Store.Contains(p.Digest)).DistinctBy(p => p.Digest).ToList();
        foreach (var package in missing.Where(p => _directories.ContainsKey(p.Repository)))
        {
            cancellation.ThrowIfCancellationRequested();
            var found = _options.Store.AddFile(Path.Combine(_directories[package.Repository], package.Location));
            if (found != package.Digest)
                throw new SlipwayException($"take {package.Location} from {package.Repository}", "it changed since it was looked at", "run it again") { Kind = FailureKind.Unreachable };
        }
        if (missing.Where(p => _hostIndexes.Contains(p.Repository)).ToList() is { Count: > 0 } hosts)
            _host.Fetch(hosts, cancellation);
        if (_upstream is not null)
            await _upstream.FetchAsync(missing.Where(p => !_directories.ContainsKey(p.Repository) && !_hostIndexes.Contains(p.Repository)), cancellation).ConfigureAwait(false);
    }

    private void AddDirectory(SolverPool pool, MixRepository repository)
    {
        var directory = LocalPath(repository.Url);
        if (!Directory.Exists(directory))
        {
            throw new SlipwayException($"read the repository {repository.Name}", $"{directory} does not exist", $"slipway mix repo set-url {repository.Name} URL, or make the directory")
            {
                Kind = FailureKind.Unreachable,
            };
        }
        _directories[repository.Name] = directory;
        pool.AddPackages(repository.Name, LocalPackages.Read(directory, _options.Type), PoolPriority(repository));
    }

    private void AddHost(SolverPool pool, MixRepository repository, CancellationToken cancellation)
    {
        if (_options.Type != PackageType.Deb)
            throw new SlipwayException($"read the repository {repository.Name}", "the machine's own distribution can be read through apt only", "slipway mix init --type deb") { Kind = FailureKind.Usage };
        if (!_options.Offline)
            _host.Update(TimeSpan.FromMinutes(10), cancellation);
        var indexes = _host.BinaryIndexes();
        _hostIndexes = [.. indexes.Select(i => i.Name)];
        foreach (var index in indexes)
            pool.AddDebIndex(index.Name, index.File, PoolPriority(repository), index.Content);
    }

    private UpstreamRepository ToUpstream(MixRepository repository)
    {
        if (repository.Checks && repository.KeyFiles.Count == 0)
        {
            throw new SlipwayException($"read the repository {repository.Name}", "its signatures are to be checked and no key is given",
                $"slipway mix repo set-key {repository.Name} FILE, or switch the check off: slipway mix repo set-check {repository.Name} off")
            { Kind = FailureKind.Usage };
        }
        return new UpstreamRepository(repository.Name, new MirrorSource
        {
            Type = _options.Type,
            Url = repository.Url,
            Keys = repository.Checks ? string.Join('\n', repository.KeyFiles.Select(Key)) : null,
            Suite = repository.Suite.Length > 0 ? repository.Suite : _options.Type == PackageType.Pacman ? repository.Name : "stable",
            Components = repository.Components,
            Architectures = _options.Type == PackageType.Deb ? [_options.Architecture] : [],
        }, PoolPriority(repository));
    }

    private static string Key(string file)
    {
        if (!File.Exists(file))
            throw new SlipwayException($"read the key {file}", "there is no such file", "slipway mix repo set-key NAME FILE") { Kind = FailureKind.Usage };
        var bytes = File.ReadAllBytes(file);
        // OpenPGP packets have their highest bit set; armour is text.
        return bytes.Length > 0 && (bytes[0] & 0x80) != 0 ? Convert.ToBase64String(bytes) : Encoding.ASCII.GetString(bytes);
    }

    /// <summary>A local directory without an index is read as what it is: package files.</summary>
    private static MixRepositoryKind KindOf(MixRepository repository) =>
        repository.Kind == MixRepositoryKind.Indexed && repository.Name == "local" ? MixRepositoryKind.Directory : repository.Kind;

    private static string LocalPath(string url) => url.StartsWith("file://", StringComparison.Ordinal) ? Uri.UnescapeDataString(url["file://".Length..]) : url;

    // dnf's best is 1, the pool's is the highest.
    private static int PoolPriority(MixRepository repository) => MixRepository.LowestPriority - repository.Priority;
}
