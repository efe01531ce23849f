using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Packages.Repositories;

public sealed partial class RepositoryStore
{
    /// <summary>Reads the whole of a snapshot again: every package and index against its recorded digest, every index against what the packages say, every signature against the published keys, and whether each package can be installed.</summary>
    /// <param name="number">Unset: the current one.</param>
    /// <param name="surround">Adds what clients have beside this repository. Unset: the packages must do with each other, and this is not checked.</param>
    public SnapshotVerification Verify(RepositoryId id, long? number = null, Action<SolverPool>? surround = null)
    {
        var snapshot = number is { } given ? Show(id, given) : Require(id);
        var members = _records.Members(id, snapshot.Number);
        var indexes = _records.Indexes(id, snapshot.Number);
        var problems = new List<string>();
        var files = 0;
        var bytes = 0L;
        void Check(string path, string digest)
        {
            files++;
            var file = new FileInfo(Path.Combine(snapshot.Path, path));
            if (!file.Exists) problems.Add($"{Shown(path)} is missing");
            else
            {
                bytes += file.Length;
                if (Digest.OfFile(file.FullName).ToString() != digest) problems.Add($"{Shown(path)} is not what was published");
            }
        }
        var architectures = PacmanIndex.Architectures(members.Select(entry => entry.Architecture));
        foreach (var entry in members)
            foreach (var path in snapshot.Type == PackageType.Pacman ? PacmanIndex.Locations(entry, architectures) : [entry.Path])
            {
                Check($"{SharedFiles.Name}/{path}", entry.Digest.ToString());
                if (snapshot.Type == PackageType.Pacman && entry.Parts[2].Length > 0) Check($"{SharedFiles.Name}/{path}.sig", Digest.Of(entry.Parts[2]).ToString());
            }
        foreach (var (path, digest) in indexes) Check(path, digest);
        // The unsigned halves of the indexes follow from the packages alone: made again, they must be the same bytes.
        var compression = indexes.Keys.Any(path => path.EndsWith(".zst", StringComparison.Ordinal)) ? Compression.Zstd : Compression.Gzip;
        var build = IndexBuild.Make(snapshot.Type, new IndexSettings { Compression = compression }, [], _ => [], IndexChange.Whole(members), () => members);
        var again = Write(snapshot.Type, new IndexInput(id, build, new IndexSettings { Compression = compression }, [], snapshot.Time, _ => [], (_, _) => []));
        // The pointers also state what the packages do not: a time of validity, metadata passed through.
        foreach (var index in again.Where(index => index.Content.Length > 0 && !IsSignature(index.Path) && Path.GetFileName(index.Path) is not "repomd.xml" && !index.Path.EndsWith($"dists/{id.Dist}/Release", StringComparison.Ordinal)))
            if (!indexes.TryGetValue(index.Path, out var recorded) || recorded != index.Digest.ToString()) problems.Add($"{index.Path} does not follow from the packages");
        problems.AddRange(VerifySignatures(snapshot, indexes.Keys));
        if (snapshot.Type == PackageType.Pacman) problems.AddRange(VerifySignatures(snapshot, members.Where(entry => entry.Parts[2].Length > 0).SelectMany(entry => PacmanIndex.Locations(entry, architectures)).Select(path => $"{SharedFiles.Name}/{path}.sig")));
        if (snapshot.Type == PackageType.Rpm) problems.AddRange(VerifyRpmSignatures(snapshot, members));
        // What is damaged is not asked whether it can be installed.
        var installation = new InstallCheck(snapshot, Files(id, snapshot.Number), surround);
        if (problems.Count == 0 && surround is not null) problems.AddRange(installation.Problems());
        if (Tree(id).Current() is { } shown && number is null && shown != snapshot.Number) problems.Add($"clients see snapshot {shown}, not {snapshot.Number}");
        return new(snapshot.Number, files, bytes, installation.Installable, problems);
    }

    // Packages are named as clients know them, without the link that leads to what snapshots share.
    private static string Shown(string path) => path.StartsWith(SharedFiles.Name + "/", StringComparison.Ordinal) ? path[(SharedFiles.Name.Length + 1)..] : path;

    private static bool IsSignature(string path) =>
        path.EndsWith(".sig", StringComparison.Ordinal) || path.EndsWith(".asc", StringComparison.Ordinal) || path.EndsWith(".gpg", StringComparison.Ordinal) || path.EndsWith("/InRelease", StringComparison.Ordinal);

    private static IEnumerable<string> VerifySignatures(Snapshot snapshot, IEnumerable<string> indexes)
    {
        var key = Path.Combine(snapshot.Path, ClientConfiguration.BareKeyFile);
        foreach (var path in indexes.Where(path => IsSignature(path) && path is not (ClientConfiguration.KeyFile or ClientConfiguration.BareKeyFile)))
        {
            var file = Path.Combine(snapshot.Path, path);
            string[] signed = path.EndsWith("/InRelease", StringComparison.Ordinal) ? [] : [file[..file.LastIndexOf('.')]];
            var result = ChildProcess.Run(new ChildCommand("gpgv", ["--quiet", "--keyring", key, file, .. signed]));
            if (!result.Succeeded) yield return $"{path}: its signature does not verify ({result.ErrorText.Trim()})";
        }
    }

    private IEnumerable<string> VerifyRpmSignatures(Snapshot snapshot, IReadOnlyList<PackageEntry> members)
    {
        const int AtATime = 200;
        var place = Path.Combine(data.Cache, "verify-" + Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"));
        Directory.CreateDirectory(place);
        try
        {
            ChildProcess.Run(new ChildCommand("rpmkeys", "--dbpath", place, "--import", Path.Combine(snapshot.Path, ClientConfiguration.KeyFile))).Require($"importing the key of {snapshot.Repository}");
            foreach (var some in members.Select(entry => entry.Path).Chunk(AtATime))
            {
                var files = some.Where(path => File.Exists(Path.Combine(snapshot.Path, path))).ToList();
                var result = ChildProcess.Run(new ChildCommand("rpmkeys", ["--dbpath", place, "--define", "_pkgverify_level all", "--checksig", .. files]) { WorkingDirectory = snapshot.Path });
                if (result.Succeeded) continue;
                foreach (var line in result.Text.Split('\n').Where(line => line.Contains("NOT OK", StringComparison.Ordinal)))
                    yield return $"{line.Trim()}: its signature does not verify";
            }
        }
        finally
        {
            using var cache = RootedTree.Open(data.Cache);
            cache.RemoveTree(BytePath.From(Path.GetFileName(place)));
        }
    }
}
