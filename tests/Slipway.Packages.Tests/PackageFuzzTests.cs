using System.Globalization;
using Slipway.Content;
using Slipway.Packages.Tests.Debian;
using Slipway.Packages.Tests.Pacman;
using Slipway.Packages.Tests.Rpm;

namespace Slipway.Packages.Tests;

/// <summary>Damaged package files end in a record or in an error that names the file, in bounded memory. Fixtures: what attackers try, and whatever else ever came up.</summary>
public sealed class PackageFuzzTests
{
    // What one damaged file of some KiB may allocate; a size it merely claims must not count.
    private const long MaxAllocated = 192 << 20;

    [Fact]
    public void Damaged_packages_end_in_a_clear_error_or_a_record() => Fuzz(2500, 20261120);

    [Fact]
    [Trait("long", "yes")]
    public void Very_many_damaged_packages_end_in_a_clear_error_or_a_record() => Fuzz(100_000, 4711);

    [Fact]
    public void Every_hostile_file_kept_is_refused_clearly()
    {
        var fixtures = Directory.GetFiles(Path.Combine(TestData.Directory, "hostile", "packages"));
        Assert.NotEmpty(fixtures);
        foreach (var fixture in fixtures) Assert.True(Outcome(fixture) is not null, $"{fixture} was read");
    }

    private static void Fuzz(int count, int seed)
    {
        using var temp = new TempDirectory();
        var seeds = Seeds(temp);
        var (refused, read) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            var (name, bytes) = seeds[i % seeds.Count];
            var file = temp[name];
            File.WriteAllBytes(file, new Mutation(seed + i).Of(bytes, seeds[(i * 7 + 1) % seeds.Count].Bytes));
            var before = GC.GetAllocatedBytesForCurrentThread();
            string? refusal;
            try
            {
                refusal = Outcome(file);
            }
            catch (Exception error) when (error is not SlipwayException)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"seed {seed}, round {i} ({name}): {Convert.ToBase64String(File.ReadAllBytes(file))}"), error);
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MaxAllocated, string.Create(CultureInfo.InvariantCulture, $"seed {seed}, round {i} ({name}) took {allocated >> 20} MiB: {refusal}"));
            if (refusal is null) read++;
            else refused++;
        }
        Assert.True(refused > count / 4 && read > 0);
        TestContext.Current.TestOutputHelper!.WriteLine($"{count} damaged packages: {refused} refused, {read} read");
    }

    /// <summary>The error's reason, or null where the package was read whole. Any other exception is a finding.</summary>
    private static string? Outcome(string file)
    {
        string? refusal = null;
        foreach (var read in (Action[])[() => PackageFile.Read(file), () => PackageFile.Files(file), () => PackageFile.ReadContent(file, Drain)])
        {
            try
            {
                read();
            }
            catch (SlipwayException error)
            {
                Assert.Contains(file, error.What, StringComparison.Ordinal);
                Assert.True(error.Why.Length is > 0 and < 2000, error.Why);
                refusal = error.Why;
            }
        }
        return refusal;
    }

    private static void Drain(TarEntry entry, Stream? content)
    {
        Assert.False(entry.Name.HasParentComponent);
        content?.CopyTo(Stream.Null);
    }

    /// <summary>Each type as it comes, and without the compression and the digests that would hide what is behind them.</summary>
    private static List<(string Name, byte[] Bytes)> Seeds(TempDirectory temp)
    {
        void Bare(SortedDictionary<int, (int Type, int Count, byte[] Value)> tags)
        {
            foreach (var tag in (int[])[273, 279, 5092, 5112, 5121, 5123]) tags.Remove(tag);
        }
        var pacman = PacmanReaderTests.Make(temp, "seed", "1.0-1", ["depend = a>=1"]);
        var plain = new MemoryStream();
        using (var tar = Compressor.DecompressDetected(File.OpenRead(pacman))) tar.CopyTo(plain);
        return
        [
            ("bare4.rpm", RpmFormatTests.Builder(4, Compression.None, Bare, Bare).Build()),
            ("bare6.rpm", RpmFormatTests.Builder(6, Compression.None, Bare, Bare).Build()),
            ("plain.deb", File.ReadAllBytes(DebReaderTests.Make(temp, "none"))),
            ("plain.pkg.tar", plain.ToArray()),
            ("whole.rpm", RpmFormatTests.Builder(6, Compression.Zstd).Build()),
            ("bare4.rpm", RpmFormatTests.Builder(4, Compression.Gzip, Bare, Bare).Build()),
            ("whole.deb", File.ReadAllBytes(DebReaderTests.Make(temp, "xz"))),
            ("whole.pkg.tar.gz", File.ReadAllBytes(pacman)),
        ];
    }
}
