using Dapper;
using Slipway.Content;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>
/// The service's side of results and logs that come from other machines. Only what was declared under a lease is taken, up to the size that was declared;
/// a file is in the store when its bytes have the digest that was declared.
/// </summary>
public sealed class RunnerUploads(Database database, DataDirectory data, ContentStore store)
{
    /// <summary>Longest file taken, in bytes.</summary>
    public const long MaxBytes = 16L << 30;
    private const int MaxFiles = 10_000;

    /// <summary>How much of each file is here; what is whole is in the store.</summary>
    public IReadOnlyList<long> Declare(BuildLease lease, IReadOnlyList<BuildResult> results)
    {
        if (results.Count > MaxFiles || results.Any(one => one.Size is < 0 or > MaxBytes || !IsPlain(one.Name)) || results.DistinctBy(one => one.Name).Count() != results.Count)
            throw new SlipwayException($"results of build {lease.Build}", $"at most {MaxFiles} files of plain and different names, each of {MaxBytes} bytes at most, are taken") { Kind = FailureKind.Usage };
        database.Write(transaction =>
        {
            transaction.Connection!.Execute("DELETE FROM builds_upload WHERE build_id = @Build", new { lease.Build }, transaction);
            foreach (var one in results)
                transaction.Connection!.Execute("INSERT INTO builds_upload VALUES(@Build, @Fence, @Name, @digest, @Size)",
                    new { lease.Build, lease.Lease.Fence, one.Name, digest = one.Digest.ToString(), one.Size }, transaction);
        });
        return [.. results.Select(one => Have(lease, one.Digest, one.Size))];
    }

    private static bool IsPlain(string name) => name.Length is > 0 and <= 255 && name is not ("." or "..") && !name.Any(c => c is '/' or '\0' || char.IsControl(c));

    private string Part(BuildLease lease, Digest digest) => Path.Combine(data.Build(lease.Build), $"upload-{lease.Lease.Fence}", digest.ToString());

    private long Have(BuildLease lease, Digest digest, long size) => store.Contains(digest) ? size : new FileInfo(Part(lease, digest)) is { Exists: true } part ? part.Length : 0;

    /// <summary>Takes bytes of a declared file; returns how many of it are here now.</summary>
    public async Task<long> TakeAsync(BuildLease lease, Digest digest, long offset, Stream body, CancellationToken cancellation)
    {
        var size = database.Read(connection => connection.QueryFirstOrDefault<long?>("SELECT size FROM builds_upload WHERE build_id = @Build AND fence = @Fence AND digest = @digest",
            new { lease.Build, lease.Lease.Fence, digest = digest.ToString() })) ?? throw new SlipwayException($"result {digest} of build {lease.Build}", "it was not declared") { Kind = FailureKind.Usage };
        var have = Have(lease, digest, size);
        if (offset != have || have == size && store.Contains(digest)) return have;
        var file = Part(lease, digest);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await using (var part = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None))
        {
            if (part.Length != offset) return part.Length;
            part.Seek(offset, SeekOrigin.Begin);
            var block = new byte[1 << 16];
            while (await body.ReadAsync(block, cancellation).ConfigureAwait(false) is > 0 and var read)
            {
                if (part.Length + read > size) throw new SlipwayException($"result {digest} of build {lease.Build}", $"more bytes came than the {size} that were declared") { Kind = FailureKind.Usage };
                await part.WriteAsync(block.AsMemory(0, read), cancellation).ConfigureAwait(false);
            }
            have = part.Length;
        }
        if (have == size) Finish(lease, digest, file);
        return have;
    }

    private void Finish(BuildLease lease, Digest digest, string file)
    {
        if (Digest.OfFile(file) != digest)
        {
            File.Delete(file);
            throw new SlipwayException($"result {digest} of build {lease.Build}", "the bytes that came have another digest", "send it again") { Kind = FailureKind.Usage };
        }
        store.AddFile(file);
        File.Delete(file);
    }

    /// <summary>The declared files, when every one of them is here.</summary>
    public IReadOnlyList<BuildResult> Whole(BuildLease lease)
    {
        var rows = database.Read(connection => connection.Query<(string Name, string Digest, long Size)>(
            "SELECT name, digest, size FROM builds_upload WHERE build_id = @Build AND fence = @Fence ORDER BY name", new { lease.Build, lease.Lease.Fence }).ToList());
        var results = rows.Select(row => new BuildResult(row.Name, Digest.Parse(row.Digest), row.Size)).ToList();
        if (results.Find(one => !store.Contains(one.Digest)) is { } missing) throw new SlipwayException($"build {lease.Build}", $"{missing.Name} has not arrived") { Kind = FailureKind.Usage };
        return results;
    }

    /// <summary>Forgets what was declared and came in part.</summary>
    public void Forget(BuildLease lease)
    {
        database.Write(transaction => transaction.Connection!.Execute("DELETE FROM builds_upload WHERE build_id = @Build AND fence = @Fence", new { lease.Build, lease.Lease.Fence }, transaction));
        var directory = Path.Combine(data.Build(lease.Build), $"upload-{lease.Lease.Fence}");
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
    }

    /// <summary>Takes bytes of an attempt's log; returns how many of it are here now.</summary>
    public async Task<long> TakeLogAsync(BuildLease lease, long offset, Stream body, CancellationToken cancellation)
    {
        Directory.CreateDirectory(data.Build(lease.Build));
        await using var log = new FileStream(AttemptLog.PathOf(data, lease.Build, lease.Attempt), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 0);
        if (log.Length != offset) return log.Length;
        log.Seek(offset, SeekOrigin.Begin);
        var block = new byte[1 << 16];
        while (log.Length < AttemptLog.MaxBytes + block.Length && await body.ReadAsync(block, cancellation).ConfigureAwait(false) is > 0 and var read)
            await log.WriteAsync(block.AsMemory(0, read), cancellation).ConfigureAwait(false);
        return log.Length;
    }

    /// <summary>True for what a runner may have under its lease: the source tree, the dist file, files that the tree names, packages that are published for the dist.</summary>
    public bool MayHave(BuildLease lease, Digest digest, PublishedContent published) =>
        digest == lease.Tree || digest == lease.DistFile
        || BuildRetention.FetchedSources(store, lease.Tree).Contains(digest)
        || published.Packages(lease.Project, lease.Dist).Any(one => one.Digest == digest);
}
