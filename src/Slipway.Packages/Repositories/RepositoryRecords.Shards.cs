using System.Data;
using Dapper;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

internal sealed partial class RepositoryRecords
{
    private sealed record ShardRow(long Id, string First, long Count, long PlainBytes, byte[] Keys, byte[] Plain, byte[] Packed);

    private sealed record SettingsRow(long Compression, long? ValidSeconds);

    /// <summary>The documents that are kept of the newest snapshot.</summary>
    public IReadOnlyList<string> Documents(RepositoryId id) => database.Read(connection =>
        connection.Query<string>("SELECT DISTINCT document FROM packages_shards WHERE repository = @id", new { id = id.ToString() }).ToList());

    public IReadOnlyList<Shard> Shards(RepositoryId id, string document) => database.Read(connection => connection.Query<ShardRow>(
        "SELECT id, first, count, plain_bytes AS PlainBytes, keys, plain, packed FROM packages_shards WHERE repository = @id AND document = @document",
        new { id = id.ToString(), document }).Select(row => new Shard(row.First, (int)row.Count, (int)row.PlainBytes, row.Keys, row.Plain, row.Packed) { Id = row.Id })
        .OrderBy(shard => shard.First, StringComparer.Ordinal).ToList());

    public IndexSettings Settings(RepositoryId id) => database.Read(connection => connection.Query<SettingsRow>(
        "SELECT compression, valid_seconds AS ValidSeconds FROM packages_settings WHERE repository = @id", new { id = id.ToString() })
        .Select(row => new IndexSettings { Compression = (Compression)row.Compression, ValidFor = row.ValidSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null })
        .FirstOrDefault()) ?? new IndexSettings();

    public void Configure(RepositoryId id, IndexSettings settings) => database.Write(transaction => transaction.Connection!.Execute(
        "INSERT OR REPLACE INTO packages_settings (repository, compression, valid_seconds) VALUES (@id, @compression, @valid)",
        new { id = id.ToString(), compression = (long)settings.Compression, valid = (long?)settings.ValidFor?.TotalSeconds }, transaction));

    private static void KeepShards(IDbTransaction transaction, string id, IndexBuild build)
    {
        var documents = build.Changed.Select(change => change.Document).ToArray();
        transaction.Connection!.Execute("DELETE FROM packages_shards WHERE repository = @id AND document NOT IN @documents", new { id, documents }, transaction);
        foreach (var (document, before, after) in build.Changed)
        {
            var stays = after.Select(shard => shard.Id).ToHashSet();
            transaction.Connection!.Execute("DELETE FROM packages_shards WHERE id = @Id", before.Where(shard => !stays.Contains(shard.Id)).Select(shard => new { shard.Id }), transaction);
            transaction.Connection!.Execute("""
                INSERT INTO packages_shards (repository, document, first, count, plain_bytes, keys, plain, packed)
                VALUES (@id, @document, @First, @Count, @PlainBytes, @Keys, @Plain, @Packed)
                """, after.Where(shard => shard.Id == 0).Select(shard => new { id, document, shard.First, shard.Count, shard.PlainBytes, shard.Keys, shard.Plain, shard.Packed }), transaction);
        }
    }
}
