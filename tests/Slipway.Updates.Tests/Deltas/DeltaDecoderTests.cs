using System.Buffers.Binary;
using System.Globalization;

namespace Slipway.Updates.Tests.Deltas;

public class DeltaDecoderTests
{
    private static readonly string Samples = Path.Combine(TestData.Vectors, "delta-sizes", "decoder-samples");

    public static TheoryData<string> SampleLines() =>
        [.. File.ReadAllLines(Path.Combine(Samples, "samples.tsv")).Skip(1)];

    [Theory]
    [MemberData(nameof(SampleLines))]
    public void Sample_of_each_encoding_gives_the_new_content_mode_and_owner(string line)
    {
        var f = line.Split('\t');
        var delta = File.ReadAllBytes(Path.Combine(Samples, f[1]));
        var old = File.ReadAllBytes(Path.Combine(Samples, f[0] + ".old"));
        using var target = new MemoryStream();
        var header = DeltaDecoder.Apply(delta, new MemoryStream(old), target, f[1]);
        if (f[2] == "FULLV20U")
        {
            Assert.True(header.TakeFullFile);
            Assert.Equal(0, target.Length);
            return;
        }

        Assert.Equal(File.ReadAllBytes(Path.Combine(Samples, f[0] + ".new")), target.ToArray());
        Assert.Equal(f[3], $"{Name(header.Control)}/{Name(header.Diff)}/{Name(header.Extra)}");
        Assert.Equal(Convert.ToUInt16(f[4], 16), header.EncodingBits);
        Assert.Equal(Convert.ToUInt32(f[5], 8), header.Mode);
        Assert.Equal((f[6], f[7]), (header.Uid.ToString(CultureInfo.InvariantCulture), header.Gid.ToString(CultureInfo.InvariantCulture)));
        Assert.Equal(f[8], SwupdHash.OfFile(header.Mode, header.Uid, header.Gid, target.ToArray()).ToString());
    }

    [Fact]
    public void Deltas_of_every_scenario_give_the_new_content()
    {
        var tables = Directory.EnumerateFiles(TestData.Vectors, "samples.tsv", SearchOption.AllDirectories)
            .Where(t => t.Contains("delta-samples", StringComparison.Ordinal)).ToList();
        var count = 0;
        foreach (var table in tables)
            foreach (var line in File.ReadAllLines(table).Skip(1))
            {
                var stem = Path.Combine(Path.GetDirectoryName(table)!, line.Split('\t')[0]);
                if (!File.Exists(stem + ".delta")) continue;
                var made = DeltaDecoder.Apply(File.ReadAllBytes(stem + ".delta"), File.ReadAllBytes(stem + ".old"), stem);
                Assert.Equal(File.ReadAllBytes(stem + ".new"), made);
                count++;
            }

        Assert.True(count > 3, $"only {count} samples were found");
    }

    [Theory]
    [MemberData(nameof(SampleLines))]
    public void Damaged_sample_is_refused_or_gives_no_more_than_announced(string line)
    {
        var f = line.Split('\t');
        var delta = File.ReadAllBytes(Path.Combine(Samples, f[1]));
        var old = File.ReadAllBytes(Path.Combine(Samples, f[0] + ".old"));
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            var damaged = (byte[])delta.Clone();
            for (var hits = random.Next(1, 4); hits > 0; hits--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            ApplyHostile(damaged, old);
            ApplyHostile(delta[..random.Next(delta.Length)], old);
        }
    }

    [Fact]
    public void Delta_for_another_old_file_is_refused()
    {
        var delta = File.ReadAllBytes(Path.Combine(Samples, "moved.default.delta"));
        var error = Assert.Throws<InvalidContentException>(() => DeltaDecoder.Apply(delta, new byte[5], "d"));
        Assert.Contains("old file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Negative_step_and_endless_seeking_are_refused()
    {
        Assert.Throws<InvalidContentException>(() => DeltaDecoder.Apply(Raw(10, (-1, 0, 0)), new byte[4], "d"));
        Assert.Throws<InvalidContentException>(() => DeltaDecoder.Apply(Raw(10, (11, 0, 0)), new byte[4], "d"));
        Assert.Throws<InvalidContentException>(() => DeltaDecoder.Apply(Raw(10, (0, 0, long.MaxValue)), new byte[4], "d"));
        Assert.Throws<InvalidContentException>(
            () => DeltaDecoder.Apply(Raw(10, [.. Enumerable.Repeat((0L, 0L, 1L), 70_000)]), new byte[4], "d"));
    }

    [Fact]
    public void Bytes_outside_the_old_file_count_as_zero()
    {
        var made = DeltaDecoder.Apply(Raw(10, (0, 0, -3), (10, 0, 0)), [1, 2, 3, 4], "d");
        Assert.Equal([0, 0, 0, 1, 2, 3, 4, 0, 0, 0], made!);
    }

    private static byte[] Raw(ulong newSize, params (long Add, long Insert, long Seek)[] steps)
    {
        var delta = new byte[67 + steps.Length * 24 + 16];
        "BSDIFF4U"u8.CopyTo(delta);
        delta[8] = 67;
        BinaryPrimitives.WriteUInt32LittleEndian(delta.AsSpan(9), (uint)steps.Length * 24);
        BinaryPrimitives.WriteUInt64LittleEndian(delta.AsSpan(13), 8);
        BinaryPrimitives.WriteUInt64LittleEndian(delta.AsSpan(21), 8);
        BinaryPrimitives.WriteUInt64LittleEndian(delta.AsSpan(29), 4);
        BinaryPrimitives.WriteUInt64LittleEndian(delta.AsSpan(37), newSize);
        BinaryPrimitives.WriteUInt16LittleEndian(delta.AsSpan(65), 1 | 1 << 9 | 1 << 14);
        for (var i = 0; i < steps.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(delta.AsSpan(67 + i * 24), steps[i].Add);
            BinaryPrimitives.WriteInt64LittleEndian(delta.AsSpan(75 + i * 24), steps[i].Insert);
            BinaryPrimitives.WriteInt64LittleEndian(delta.AsSpan(83 + i * 24), steps[i].Seek);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(delta.AsSpan(67 + steps.Length * 24), 1000);
        BinaryPrimitives.WriteUInt64LittleEndian(delta.AsSpan(75 + steps.Length * 24), 1000);
        return delta;
    }

    private static void ApplyHostile(byte[] delta, byte[] old)
    {
        using var target = new MemoryStream();
        try
        {
            var header = DeltaDecoder.Apply(delta, new MemoryStream(old), target, "hostile");
            Assert.Equal(header.NewSize, target.Length);
        }
        catch (InvalidContentException)
        {
            Assert.True(target.Length <= DeltaHeader.MaxNewSize);
        }
    }

    private static string Name(BlockEncoding encoding) => encoding.ToString().ToLowerInvariant();
}
