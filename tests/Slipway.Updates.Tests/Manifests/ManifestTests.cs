using System.Text;
using Slipway.Content;

namespace Slipway.Updates.Tests.Manifests;

public class ManifestTests
{
    private static readonly string Hash = new('a', 64);

    [Fact]
    public void Every_manifest_of_the_original_engine_is_written_again_byte_for_byte()
    {
        var files = Directory.EnumerateDirectories(TestData.Vectors)
            .Where(d => Directory.Exists(Path.Combine(d, "expected")))
            .SelectMany(d => Directory.EnumerateDirectories(Path.Combine(d, "expected")))
            .SelectMany(d => Directory.EnumerateFiles(d, "Manifest.*")).ToList();
        Assert.True(files.Count > 80);
        foreach (var file in files)
        {
            var text = File.ReadAllBytes(file);
            var manifest = Manifest.Parse(text, Path.GetFileName(file)["Manifest.".Length..], ManifestLimits.Client);
            Assert.True(text.AsSpan().SequenceEqual(manifest.ToBytes()), file);
        }
    }

    [Theory]
    [Trait("case", "11")]
    [InlineData(25, false, false)]
    [InlineData(26, true, false)]
    [InlineData(28, true, false)]
    [InlineData(29, true, true)]
    [InlineData(30, true, true)]
    public void Header_lines_follow_the_format_number(int format, bool minVersion, bool alsoAdd)
    {
        var text = Encoding.ASCII.GetString((Sample() with { Format = format, MinVersion = 10, AlsoAdd = ["x"] }).ToBytes());
        Assert.Equal(minVersion, text.Contains("minversion:\t10\n", StringComparison.Ordinal));
        Assert.Equal(alsoAdd, text.Contains("also-add:\tx\n", StringComparison.Ordinal));
        Assert.StartsWith($"MANIFEST\t{format}\nversion:\t20\nprevious:\t10\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MANIFEST\t30", "MANIFEST 30", "TAB")]
    [InlineData("MANIFEST\t30", "MANIFEST\t0", "allowed is 1")]
    [InlineData("MANIFEST\t30", "MANIFEST\t65536", "allowed is 1")]
    [InlineData("MANIFEST\t30", "MANIFEST\t-1", "not a number")]
    [InlineData("version:\t20", "version:\t4294967296", "allowed is 1")]
    [InlineData("version:\t20", "version:\t20\nversion:\t20", "twice")]
    [InlineData("previous:\t10\n", "", "\"previous\" is missing")]
    [InlineData("timestamp:\t5\n", "", "\"timestamp\" is missing")]
    [InlineData("filecount:\t1", "filecount:\t4000001", "allowed is 0 to 4000000")]
    [InlineData("contentsize:\t7", "contentsize:\t2000000000001", "allowed is")]
    [InlineData("includes:\tos-core", "includes:\t../../etc", "not a bundle name")]
    [InlineData("includes:\tos-core", "includes:\tMoM", "not a bundle name")]
    [InlineData("F...\t", "Q...\t", "unknown type")]
    [InlineData("F...\t", "F?..\t", "unknown status")]
    [InlineData("F...\t", "F.?.\t", "unknown modifier")]
    [InlineData("F...\t", "F..?\t", "unknown mark")]
    [InlineData("F...\t", "M...\t", "has no place")]
    [InlineData("F...\t", "....\t", "neither a type nor a status")]
    [InlineData("F...\t", "F..\t", "four characters")]
    [InlineData("aaaa\t20", "aaa\t20", "64 hexadecimal")]
    [InlineData("aaaa\t20", "aaaA\t20", "64 hexadecimal")]
    [InlineData("aaaa\t20", "aaaa\t0", "allowed is 1")]
    [InlineData("/usr/x", "usr/x", "leading slash")]
    [InlineData("/usr/x", "/usr/../x", "not plain")]
    [InlineData("/usr/x", "/usr//x", "not plain")]
    [InlineData("/usr/x\n", "/usr/x", "no end")]
    [InlineData("/usr/x\n", "/usr/x\n\n", "empty line")]
    public void Broken_manifest_is_refused_with_line_and_reason(string good, string bad, string reason)
    {
        var text = Encoding.ASCII.GetString(Sample().ToBytes());
        Assert.Contains(good, text, StringComparison.Ordinal);
        var broken = Encoding.ASCII.GetBytes(text.Replace(good, bad, StringComparison.Ordinal));
        var error = Assert.Throws<InvalidContentException>(() => Manifest.Parse(broken, "b", ManifestLimits.Client));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("Manifest.b, line ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Manifest_of_another_version_than_asked_for_is_refused() =>
        Assert.Throws<InvalidContentException>(() => Manifest.Parse(Sample().ToBytes(), "b", ManifestLimits.Client, version: 30));

    [Fact]
    public void Overlong_line_is_refused()
    {
        var record = Sample().Records[0] with { Name = BytePath.From("/" + string.Join('/', Enumerable.Repeat("abc", 2500))) };
        var text = (Sample() with { Records = [record] }).ToBytes();
        Assert.Throws<InvalidContentException>(() => Manifest.Parse(text, "b", ManifestLimits.Client));
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var text = Sample().ToBytes();
        for (var length = 0; length < text.Length; length++)
            Assert.Throws<InvalidContentException>(() => Manifest.Parse(text.AsSpan(0, length), "b", ManifestLimits.Client));
    }

    [Fact]
    public void Old_letters_and_marks_are_read_and_unknown_headers_passed_over()
    {
        var text = $"MANIFEST\t30\nversion:\t20\nprevious:\t0\nnovelty:\t1\nfilecount:\t3\ntimestamp:\t5\ncontentsize:\t7\n\n"
            + $"F.br\t{Hash}\t20\t/a\nI...\t{Hash}\t20\t/b\n.g*.\t{new string('0', 64)}\t20\t/c\n";
        var manifest = Manifest.Parse(Encoding.ASCII.GetBytes(text), "b");
        Assert.Equal(2, manifest.Records.Count);
        Assert.Equal('.', manifest.Records[0].Modifier.Letter);
        Assert.Equal(RecordMark.None, manifest.Records[0].Mark);
        Assert.Equal(63, manifest.Records[1].Modifier.Index);
    }

    [Fact]
    public void Modifier_letters_are_those_of_the_format()
    {
        Assert.Equal('d', Modifier.Of(Variant.Base, Variants.Avx2 | Variants.Avx512).Letter);
        Assert.Equal('e', Modifier.Of(Variant.V3, Variants.Avx2).Letter);
        Assert.Equal('h', Modifier.Of(Variant.V4, Variants.Avx2 | Variants.Avx512).Letter);
        Assert.Equal('u', Modifier.Of(Variant.VA, Variants.Avx2 | Variants.Avx512 | Variants.Apx).Letter);
        foreach (var letter in "acdqrtu"u8)
        {
            Assert.True(Modifier.TryParse(letter, out var modifier));
            Assert.True(modifier.NeverInDeltaPacks);
        }

        foreach (var letter in ".efghijklmnop"u8)
        {
            Assert.True(Modifier.TryParse(letter, out var modifier));
            Assert.False(modifier.NeverInDeltaPacks);
        }
    }

    [Fact]
    public void Names_that_are_not_UTF8_survive()
    {
        var name = new BytePath([(byte)'/', 0xE9, 0xFF, (byte)' ']);
        var manifest = Sample() with { Records = [Sample().Records[0] with { Name = name }] };
        Assert.Equal(name, Manifest.Parse(manifest.ToBytes(), "b").Records[0].Name);
    }

    [Fact]
    public void Record_without_type_and_status_cannot_be_written()
    {
        var record = Sample().Records[0] with { Type = RecordType.Unset };
        Assert.Throws<SlipwayException>(() => (Sample() with { Records = [record] }).ToBytes());
        Assert.Throws<SlipwayException>(() => (Sample() with { Records = [], FileCount = 0 }).ToBytes());
        Assert.Throws<SlipwayException>(() => (Sample() with { Version = 0 }).ToBytes());
    }

    private static Manifest Sample() => new()
    {
        Name = "b",
        Format = 30,
        Version = 20,
        Previous = 10,
        FileCount = 1,
        Timestamp = 5,
        ContentSize = 7,
        Includes = ["os-core"],
        Records =
        [
            new ManifestRecord(RecordType.File, RecordStatus.Present, default, RecordMark.None,
                SwupdHash.Parse(Hash), 20, BytePath.From("/usr/x")),
        ],
    };
}
