using Slipway.Content;
using Slipway.Packages.Solving;
using Slipway.Packages.Solving.Native;

namespace Slipway.Packages;

/// <summary>A set of repositories of one package type to solve over. One owner at a time: not for use from two threads.</summary>
public sealed partial class SolverPool : IDisposable
{
    private readonly PoolHandle pool = new();
    private readonly PackageType type;
    private readonly string architecture;
    private readonly PoolKeys keys;
    private readonly RelationIds relations;
    private readonly PoolTexts texts;
    private readonly ProblemTexts problemTexts;
    private readonly SolvCache? cache;
    private DebPreferences preferences;
    private readonly nint marker;
    private readonly List<LoadedRepository> repositories = [];
    private readonly Dictionary<int, PackageRecord> records = [];
    private readonly Dictionary<int, ResolvedPackage> described = [];
    private LoadedRepository? installed;
    private bool prepared;
    private int user;

    /// <param name="architecture">The type's own word: amd64 (deb), x86_64 (rpm, pacman).</param>
    /// <param name="cacheDirectory">Where parsed indexes are kept by the digest of their text; unset: nowhere.</param>
    public SolverPool(PackageType type, string architecture, string? cacheDirectory = null)
    {
        this.type = type;
        this.architecture = architecture;
        try
        {
            pool.Verify();
            var kind = type switch { PackageType.Deb => Solv.DistDeb, PackageType.Rpm => Solv.DistRpm, _ => Solv.DistArch };
            if (Solv.PoolSetDistType(pool, kind) < 0)
                throw new SlipwayException("open libsolv", $"this build of it does not know {type} packages", "install Debian's libsolv1");
            Solv.PoolSetArch(pool, architecture);
            keys = new PoolKeys(pool);
            relations = new RelationIds(pool, type);
            texts = new PoolTexts(pool, type, keys);
            problemTexts = new ProblemTexts(texts, new NearestPackages(pool, type, texts, keys, Providers, AllSolvables, id => RepositoryOf(id).Name), Providers);
            cache = cacheDirectory is null ? null : new SolvCache(cacheDirectory, type);
            preferences = NewPreferences();
            marker = Solv.RepoCreate(pool, "");
        }
        catch
        {
            pool.Dispose();
            throw;
        }
    }

    /// <summary>The architecture it solves for, in the type's own word.</summary>
    public string Architecture => architecture;

    public void Dispose() => pool.Dispose();

    /// <summary>libsolv keeps no order among threads, so a second user at the same time is told of it instead of damaging the pool.</summary>
    private Use Enter()
    {
        ObjectDisposedException.ThrowIf(pool.IsClosed, this);
        if (Interlocked.CompareExchange(ref user, Environment.CurrentManagedThreadId, 0) != 0)
            throw new InvalidOperationException("a solver pool has one owner at a time, and two threads use this one");
        return new Use(this);
    }

    private readonly ref struct Use(SolverPool of)
    {
        public void Dispose() => of.user = 0;
    }

    private void Expect(PackageType wanted)
    {
        if (type != wanted) throw new InvalidOperationException($"a pool of {type} packages cannot hold an index of {wanted} packages");
    }

    /// <summary>Runs a loader on a new repository and notes which solvables are its own.</summary>
    private void Load(string name, int priority, Action<nint> fill)
    {
        using var use = Enter();
        var repository = Solv.RepoCreate(pool, name);
        var start = NextSolvable();
        try
        {
            fill(repository);
        }
        catch
        {
            Solv.RepoFree(repository, 1);
            // The ids are given out again.
            foreach (var id in records.Keys.Where(id => id >= start).ToList()) records.Remove(id);
            throw;
        }
        var loaded = new LoadedRepository(name, repository, start, NextSolvable());
        loaded.SetPriority(priority);
        repositories.Add(loaded);
        prepared = false;
    }

    /// <summary>libsolv counts solvables up; making one in a repository of its own, and taking it back, shows where it stands.</summary>
    private int NextSolvable()
    {
        var next = Solv.RepoAddSolvable(marker);
        Solv.RepoFreeSolvable(marker, next, 1);
        return next;
    }

    private void Prepare()
    {
        if (prepared) return;
        if (type == PackageType.Rpm) Solv.PoolAddFileProvides(pool);
        Solv.PoolCreateWhatProvides(pool);
        preferences = NewPreferences();
        prepared = true;
    }

    private DebPreferences NewPreferences() => new(pool, keys, Providers, id => installed?.Holds(id) == true);

    private LoadedRepository RepositoryOf(int solvable) => repositories.Find(r => r.Holds(solvable))
        ?? throw new InvalidOperationException($"solvable {solvable} is in no repository");

    private IEnumerable<int> AllSolvables() => repositories.SelectMany(r => Enumerable.Range(r.Start, r.End - r.Start));

    private ResolvedPackage Describe(int solvable, string reason)
    {
        if (!described.TryGetValue(solvable, out var known)) described.Add(solvable, known = Describe(solvable));
        return known with { Reason = reason };
    }

    private ResolvedPackage Describe(int solvable)
    {
        var repository = RepositoryOf(solvable);
        if (records.TryGetValue(solvable, out var record))
            return new ResolvedPackage(record.Name, record.Version, record.Architecture, repository.Name, record.FileName, record.Digest, record.Size, "") { InstalledSize = record.InstalledSize };
        var checksum = Solv.Text(Solv.PoolLookupChecksum(pool, solvable, keys.Checksum, out var kind));
        var name = texts.Name(solvable);
        if (kind != keys.Sha256 || !Digest.TryParse(checksum, out var digest))
            throw new SlipwayException($"resolve {name}", $"the index of `{repository.Name}` gives no sha256 for it", "use a repository with sha256 digests");
        return new ResolvedPackage(name, texts.Version(solvable), texts.Text(solvable, keys.Architecture), repository.Name,
            Solv.Text(Solv.SolvableLookupLocation(pool.Solvable(solvable), out _)), digest,
            (long)Solv.PoolLookupNumber(pool, solvable, keys.DownloadSize, 0), "")
        { InstalledSize = (long)Solv.PoolLookupNumber(pool, solvable, keys.InstalledSize, 0) };
    }
}
