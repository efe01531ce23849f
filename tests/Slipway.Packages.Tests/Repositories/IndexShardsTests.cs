using System.Globalization;
using System.Text;
using Slipway.Content;
using Slipway.Packages.Repositories;

namespace Slipway.Packages.Tests.Repositories;

public sealed class IndexShardsTests
{
    private static readonly IndexDocument Document = new("test", Compression.Gzip, PlainForm.Content, count => Encoding.UTF8.GetBytes($"{count}\n"), "end\n"u8.ToArray(), _ => []);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_history_gives_the_bytes_of_its_outcome(int seed)
    {
        var random = new Random(seed);
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal);
        IReadOnlyList<Shard> shards = [];
        for (var step = 0; step < 60; step++)
        {
            var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
            for (var i = random.Next(1, step % 10 == 0 ? 400 : 6); i > 0; i--)
            {
                var key = random.Next(2000).ToString("d5", CultureInfo.InvariantCulture);
                changes[key] = random.Next(step < 30 ? 4 : 2) == 0 ? null : $"{key} of step {step}\n";
            }
            shards = IndexShards.Apply(shards, changes.Select(change => new ShardChange(change.Key, _ => change.Value is { } text ? Encoding.UTF8.GetBytes(text) : null)), Compression.Gzip);
            foreach (var (key, value) in changes)
            {
                if (value is null) entries.Remove(key);
                else entries[key] = value;
            }
            RequireSame(shards, entries);
        }
        Assert.True(shards.Count > 5);
        Assert.Equal("end\n", Text(IndexShards.Apply(shards, entries.Select(entry => ShardChange.Remove(entry.Key)), Compression.Gzip))[2..]);
    }

    [Fact]
    public void One_more_entry_leaves_nearly_all_shards_as_they_are()
    {
        var shards = IndexShards.Apply([], Enumerable.Range(0, 10_000).Select(i => ShardChange.Put($"package-{i:d5}", Encoding.UTF8.GetBytes($"{i}\n"))), Compression.Gzip);
        var after = IndexShards.Apply(shards, [ShardChange.Put("package-05000a", "new\n"u8.ToArray())], Compression.Gzip);
        Assert.InRange(shards.Count, 100, 250);
        Assert.InRange(after.Count(shard => !shards.Contains(shard)), 1, 2);
    }

    private static void RequireSame(IReadOnlyList<Shard> shards, SortedDictionary<string, string> entries)
    {
        var again = IndexShards.Apply([], entries.Select(entry => ShardChange.Put(entry.Key, Encoding.UTF8.GetBytes(entry.Value))), Compression.Gzip);
        var (one, other) = (Document.Render(shards), Document.Render(again));
        Assert.Equal(other.PlainDigest, one.PlainDigest);
        Assert.Equal(other.Packed, one.Packed);
        Assert.Equal($"{entries.Count}\n{string.Concat(entries.Values)}end\n", Encoding.UTF8.GetString(one.Plain));
        Assert.Equal(one.Plain, Compressor.Decompress(one.Packed, Compression.Gzip, 1 << 20));
    }

    private static string Text(IReadOnlyList<Shard> shards) => Encoding.UTF8.GetString(Document.Render(shards).Plain);
}
