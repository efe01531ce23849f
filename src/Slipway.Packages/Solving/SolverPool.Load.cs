using Slipway.Content;
using Slipway.Packages.Solving;
using Slipway.Packages.Solving.Native;

namespace Slipway.Packages;

public sealed partial class SolverPool
{
    /// <summary>Adds a Packages file, plain or compressed. A higher priority wins over a higher version.</summary>
    /// <param name="repository">What solutions call it.</param>
    /// <param name="packagesFile">Its path.</param>
    /// <param name="priority">0 where nothing is to be preferred.</param>
    /// <param name="expected">The sha256 its uncompressed text must have, e.g. from a signed release file: proves the text, and finds the cache without reading it.</param>
    public void AddDebIndex(string repository, string packagesFile, int priority = 0, Digest? expected = null)
    {
        Expect(PackageType.Deb);
        LoadIndex(repository, packagesFile, priority, expected, (pool, repo, text) =>
        {
            IndexBounds.MakeSafeDeb(repository, text);
            var start = pool.NextSolvable();
            Parse(pool, text, file => Solv.RepoAddDebPackages(repo, file, 0));
            pool.AddWhatLibsolvPassesOver(repo, start, text);
        });
    }

    /// <summary>Adds a pacman database (.db), plain or compressed.</summary>
    public void AddPacmanDatabase(string repository, string databaseFile, int priority = 0)
    {
        Expect(PackageType.Pacman);
        LoadIndex(repository, databaseFile, priority, null, (pool, repo, text) =>
        {
            IndexBounds.CheckPacman(repository, text);
            Parse(pool, text, file => Solv.RepoAddArchRepo(repo, file, 0));
        });
    }

    /// <summary>Adds the directory that holds repodata/, or repodata itself.</summary>
    public void AddRpmMd(string repository, string directory, int priority = 0)
    {
        Expect(PackageType.Rpm);
        var metadata = RpmMdDirectory.Open(directory);
        LoadParsed(repository, priority, metadata.Digest, (pool, repo) =>
        {
            var primary = metadata.Read("primary") ?? throw new SlipwayException($"read {directory}", "repomd.xml names no primary metadata", "make the repository's index anew");
            IndexBounds.CheckXml(repository, primary);
            Parse(pool, primary, file => Solv.RepoAddRpmMd(repo, file, null, 0));
            // Requirements on files outside the directories that primary lists.
            if (metadata.Read("filelists") is not { } files) return;
            IndexBounds.CheckXml(repository, files);
            Parse(pool, files, file => Solv.RepoAddRpmMd(repo, file, "FL", Solv.ExtendSolvables));
        });
    }

    /// <summary>Adds packages that are in no index; their file name becomes the location.</summary>
    public void AddPackages(string repository, IEnumerable<PackageRecord> packages, int priority = 0) =>
        Load(repository, priority, repo => AddRecords(repo, packages));

    private void LoadIndex(string name, string file, int priority, Digest? expected, Action<SolverPool, nint, byte[]> parse)
    {
        var text = new Lazy<byte[]>(() => ReadWhole(file, expected));
        LoadParsed(name, priority, expected ?? Digest.Of(text.Value), (pool, repo) => parse(pool, repo, text.Value));
    }

    /// <summary>The pool is always filled from libsolv's own form, so that ids, and with them the order of a solution, are the same the first time and later;
    /// and versions are normalised in a pool of their own, where nobody counts on a relation staying as it was.</summary>
    private void LoadParsed(string name, int priority, Digest content, Action<SolverPool, nint> parse) => Load(name, priority, repo =>
    {
        if (cache?.TryLoad(name, content, repo) == true) return;
        byte[] written = [];
        using (var scratch = new SolverPool(type, architecture))
            scratch.Load(name, 0, parsed =>
            {
                var start = scratch.NextSolvable();
                parse(scratch, parsed);
                scratch.Normalise(parsed, start);
                written = SolvCache.Write(name, parsed);
            });
        cache?.Save(name, content, written);
        SolvCache.Load(name, written, repo);
    });

    private static void Parse(SolverPool pool, byte[] text, Func<nint, int> parse)
    {
        using var file = NativeFile.OfBytes(text);
        if (parse(file.Pointer) != 0) throw new SlipwayException("read a package index", Solv.Text(Solv.PoolErrorText(pool.pool)), "make the repository's index anew");
    }

    private static byte[] ReadWhole(string file, Digest? expected)
    {
        using var raw = File.OpenRead(file);
        using var plain = Compressor.DecompressDetected(raw);
        var text = BoundedRead.All(plain, IndexBounds.MaxBytes, file);
        if (expected is { } wanted && Digest.Of(text) is var found && found != wanted)
            throw new SlipwayException($"read {file}", $"its sha256 is {found}, its release file says {wanted}", "update the package lists again");
        return text;
    }

    private void AddWhatLibsolvPassesOver(nint repo, int start, byte[] text)
    {
        var id = start;
        var end = NextSolvable();
        foreach (var fact in new DebIndexFacts(text))
        {
            // libsolv makes one solvable of each stanza, in their order, but leaves out those it finds faulty.
            while (id < end && (texts.Name(id) != fact.Name || texts.Text(id, keys.Version) != fact.Version)) id++;
            if (id >= end) break;
            if (fact.Essential) Solv.RepoAddDependency(repo, id, keys.Provides, keys.Essential, 0);
            if (fact.Preferred) Solv.RepoAddDependency(repo, id, keys.Provides, keys.Preferred, 0);
            Solv.RepoSetNumber(repo, id, keys.DownloadSize, (ulong)fact.Size);
            id++;
        }
        Solv.RepoInternalize(repo);
    }

    private void AddRecords(nint repo, IEnumerable<PackageRecord> packages)
    {
        foreach (var package in packages)
        {
            Expect(package.Type);
            var id = Solv.RepoAddSolvable(repo);
            records.Add(id, package);
            Solv.RepoSetId(repo, id, keys.Name, relations.Name(package.Name));
            Solv.RepoSetId(repo, id, keys.Version, relations.Version(package.Version));
            Solv.RepoSetId(repo, id, keys.Architecture, relations.Name(package.Architecture));
            Add(keys.Provides, [.. package.Provides.Select(relations.Of).Select(p => PoolHandle.IsRelation(p) ? p : relations.Unversioned(p)), relations.Versioned(package.Name, "=", package.Version)]);
            Add(keys.Requires, package.Requires.Where(r => !r.StartsWith("rpmlib(", StringComparison.Ordinal)).Select(relations.Of));
            Add(keys.Conflicts, package.Conflicts.Select(relations.Of));
            // deb's Replaces lets a package overwrite files; it puts nothing out.
            if (type != PackageType.Deb) Add(keys.Obsoletes, package.Replaces.Select(relations.Of));
            Add(keys.Recommends, package.Recommends.Select(relations.Of));
            if (package.Rpm is { } facts)
            {
                Add(keys.Suggests, facts.Suggests.Select(r => relations.Of(r.ToString())));
                Add(keys.Supplements, facts.Supplements.Select(r => relations.Of(r.ToString())));
                Add(keys.Enhances, facts.Enhances.Select(r => relations.Of(r.ToString())));
            }
            if (package.Field("Essential") == "yes") Add(keys.Provides, [keys.Essential]);

            void Add(int key, IEnumerable<int> ids)
            {
                foreach (var dependency in ids) Solv.RepoAddDependency(repo, id, key, dependency, 0);
            }
        }
        Solv.RepoInternalize(repo);
    }
}
