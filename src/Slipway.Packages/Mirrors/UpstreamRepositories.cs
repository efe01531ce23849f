using System.Text;
using System.Xml;
using Slipway.Content;

namespace Slipway.Packages.Mirrors;

/// <summary>A repository among several.</summary>
/// <param name="Name">What solutions call it.</param>
/// <param name="Source">Where it is, by http, https or file, and who must have signed it.</param>
/// <param name="Priority">A higher one wins over a higher version.</param>
public sealed record UpstreamRepository(string Name, MirrorSource Source, int Priority = 0);

/// <summary>
/// Repositories that packages are resolved from and fetched from as they are needed. Their verified indexes are kept below a directory, one
/// state beside the other, so that what is known can be used without asking.
/// </summary>
public sealed class UpstreamRepositories(IReadOnlyList<UpstreamRepository> repositories, string architecture, HttpClient http, ContentStore store, string directory, TimeProvider clock)
{
    private const string Current = "current";
    private const int Connections = 8;

    private readonly Dictionary<string, string> _states = new(StringComparer.Ordinal);

    public PackageType Type { get; } = repositories.Select(r => r.Source.Type).Distinct().Single();

    /// <summary>Asks every repository whose index is older than an age, or not there, and settles on what there is then.</summary>
    /// <param name="maxAge">Null: nothing is asked, and an index that is not there is an error.</param>
    /// <returns>Changes when any of the indexes does.</returns>
    public async Task<Digest> SettleAsync(TimeSpan? maxAge, CancellationToken cancellation)
    {
        foreach (var repository in repositories)
        {
            var place = PlaceOf(repository);
            var pointer = Path.Combine(place, Current);
            if (maxAge is null && !File.Exists(pointer))
                throw new SlipwayException($"read the index of {repository.Source.Url}", "it is not on this machine yet", "do it once without --offline") { Kind = FailureKind.Unreachable };
            if (maxAge is { } age && (!File.Exists(pointer) || clock.GetUtcNow() - File.GetLastWriteTimeUtc(pointer) > age))
                await RefreshAsync(repository, place, cancellation).ConfigureAwait(false);
            _states[repository.Name] = File.ReadAllText(pointer).Trim();
        }
        return Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', repositories.Select(r => $"{r.Name} {r.Priority} {_states[r.Name]}"))));
    }

    /// <summary>A pool of everything that the settled indexes hold.</summary>
    public SolverPool Open()
    {
        var pool = new SolverPool(Type, architecture);
        AddTo(pool);
        return pool;
    }

    /// <summary>Adds everything that the settled indexes hold to a pool of others.</summary>
    public void AddTo(SolverPool pool)
    {
        foreach (var repository in repositories)
        {
            var state = Path.Combine(PlaceOf(repository), _states[repository.Name]);
            if (Type == PackageType.Rpm)
                pool.AddRpmMd(repository.Name, state, repository.Priority);
            else
            {
                foreach (var index in Directory.GetFiles(state).Order(StringComparer.Ordinal))
                {
                    if (Type == PackageType.Deb)
                        pool.AddDebIndex(repository.Name, index, repository.Priority);
                    else
                        pool.AddPacmanDatabase(repository.Name, index, repository.Priority);
                }
            }
        }
    }

    /// <summary>True for packages that were resolved from these repositories.</summary>
    public bool Has(ResolvedPackage package) => repositories.Any(r => r.Name == package.Repository);

    /// <summary>Fetches into the store what it has not of packages that were resolved from these repositories.</summary>
    public Task FetchAsync(IEnumerable<ResolvedPackage> packages, CancellationToken cancellation) =>
        Parallel.ForEachAsync(packages.Where(p => !store.Contains(p.Digest)), new ParallelOptions { MaxDegreeOfParallelism = Connections, CancellationToken = cancellation }, async (package, end) =>
        {
            var repository = repositories.FirstOrDefault(r => r.Name == package.Repository)
                ?? throw new SlipwayException($"fetch {package.Name} {package.Version}", $"there is no repository {package.Repository}");
            await Fetch(repository).IntoStoreAsync(package.Location, new Checksum("sha256", package.Digest.ToString()), package.Size, end).ConfigureAwait(false);
        });

    private UpstreamFetch Fetch(UpstreamRepository repository) => new(http, store, Path.Combine(directory, "fetch"), Root(repository.Source), clock);

    private string PlaceOf(UpstreamRepository repository) => Path.Combine(directory, Digest.Of(Encoding.UTF8.GetBytes(
        string.Join('\n', [repository.Source.Type.ToString(), repository.Source.Url.TrimEnd('/'), repository.Source.Suite, .. repository.Source.Components, .. repository.Source.Architectures, repository.Source.Keys ?? "unsigned"]))).ToString());

    private async Task RefreshAsync(UpstreamRepository repository, string place, CancellationToken cancellation)
    {
        var making = Path.Combine(place, ".making-" + Guid.CreateVersion7(clock.GetUtcNow()).ToString("n"));
        Directory.CreateDirectory(making);
        try
        {
            using var keys = new UpstreamKeys(Path.Combine(making, "keys"), repository.Source.Keys);
            var state = await WriteAsync(repository, Fetch(repository), keys, Path.Combine(making, "index"), cancellation).ConfigureAwait(false);
            if (!Directory.Exists(Path.Combine(place, state)))
                Directory.Move(Path.Combine(making, "index"), Path.Combine(place, state));
            AtomicFile.WriteText(Path.Combine(place, Current), state + "\n");
        }
        catch (Exception error) when (error is PackageFormatException or XmlException or FormatException or OverflowException or KeyNotFoundException or CompressionException or TarException)
        {
            throw new SlipwayException($"read the index of {repository.Source.Url}", error.Message, "tell its maintainers, or use another mirror", error);
        }
        finally
        {
            using var tree = RootedTree.Open(place);
            tree.RemoveTree(BytePath.From(Path.GetFileName(making)));
        }
    }

    private async Task<string> WriteAsync(UpstreamRepository repository, UpstreamFetch fetch, UpstreamKeys keys, string into, CancellationToken cancellation)
    {
        Directory.CreateDirectory(into);
        switch (repository.Source.Type)
        {
            case PackageType.Deb:
                var (state, indexes) = await new AptUpstreamIndex(repository.Source, fetch, keys, store, clock).IndexesAsync(cancellation).ConfigureAwait(false);
                for (var i = 0; i < indexes.Count; i++)
                    AtomicFile.Write(Path.Combine(into, $"Packages-{i:d3}"), indexes[i]);
                return state;
            case PackageType.Rpm:
                var (repomd, parts) = await new RpmUpstreamIndex(repository.Source, fetch, keys, store).PartsAsync(cancellation).ConfigureAwait(false);
                using (var tree = RootedTree.Open(into))
                {
                    foreach (var (location, _) in parts)
                        tree.MakeDirectories(BytePath.From(Path.GetDirectoryName(location)!));
                    tree.MakeDirectories(BytePath.From("repodata"));
                    foreach (var (location, digest) in parts)
                        tree.LinkFromOutside(store.PathOf(digest), BytePath.From(location));
                    tree.WriteFile(BytePath.From("repodata/repomd.xml"), repomd, 0x1a4, sync: true);
                }
                return Digest.Of(repomd).ToString();
            default:
                var database = await new PacmanUpstreamIndex(repository.Source, fetch, keys).DatabaseAsync(cancellation).ConfigureAwait(false);
                AtomicFile.Write(Path.Combine(into, "packages.db"), database);
                return Digest.Of(database).ToString();
        }
    }

    private static Uri Root(MirrorSource source) =>
        Uri.TryCreate(source.Url.TrimEnd('/') + "/", UriKind.Absolute, out var root) && root.Scheme is "http" or "https" or "file"
            ? root
            : throw new SlipwayException($"read the repository {source.Url}", "it is no http, https or file address", "http://HOST/PATH") { Kind = FailureKind.Usage };
}
