namespace Slipway.Updates.Tests.Deltas;

public class DeltaEncoderTests
{
    private const uint Mode = 33188; // 0100644

    [Theory]
    [InlineData(10, BlockEncoding.Xz)]
    [InlineData(300, BlockEncoding.Bzip2)]
    public void Share_of_bytes_that_differ_decides_between_xz_and_bzip2(int oneIn, BlockEncoding expected)
    {
        var raw = new byte[200_000];
        var random = new Random(1000);
        for (var i = 0; i < raw.Length / oneIn; i++) raw[random.Next(raw.Length)] = (byte)(4 * random.Next(1, 4));
        Assert.Equal(expected, BlockEncoder.EncodeDifferences(raw).Encoding);
    }

    [Fact]
    public void Index_over_the_old_file_takes_at_most_eight_bytes_for_each_of_its_bytes()
    {
        for (long bytes = 1 << 12; bytes <= DeltaHeader.MaxNewSize; bytes = bytes * 3 / 2)
            Assert.InRange(MatchIndex.MemoryFor(bytes), 1, 8 * bytes);
    }

    [Fact, Trait("long", "yes")]
    public void File_of_512_MiB_that_grew_in_the_middle_has_a_small_delta()
    {
        const int size = (int)DeltaHeader.MaxNewSize;
        var inserted = "what an update brings"u8.ToArray();
        var old = new byte[size - inserted.Length];
        new Random(3).NextBytes(old);
        var half = old.Length / 2;
        byte[] target = [.. old.AsSpan(0, half), .. inserted, .. old.AsSpan(half)];
        target[^1] ^= 1;

        var delta = DeltaEncoder.Encode(old, target, Mode, 0, 0);

        Assert.NotNull(delta);
        Assert.InRange(delta.Length, 1, 4096);
        Assert.True(DeltaDecoder.Apply(delta, old, "large").AsSpan().SequenceEqual(target));
    }
}
