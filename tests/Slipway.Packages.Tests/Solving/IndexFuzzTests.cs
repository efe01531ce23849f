using System.Text;
using Slipway.Content;
using Slipway.Packages.Tests.Repositories;
using Slipway.Packages.Tests.Signing;

namespace Slipway.Packages.Tests.Solving;

/// <summary>Indexes come from elsewhere: libsolv's parsers get none that is out of bounds, and survive what damage leaves within them.</summary>
public sealed class IndexFuzzTests(RunningSigner signer, ITestOutputHelper output) : IDisposable
{
    private const int RoundsOfOne = 20_000;
    private readonly TestRepositories _repositories = new(signer.Client);

    private TempDirectory Temp => _repositories.Temp;

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public Task Damaged_indexes_are_loaded_or_refused_clearly() => FuzzAsync(2_000, 1);

    [Fact, Trait("long", "yes")]
    public Task Very_many_damaged_indexes_are_loaded_or_refused_clearly() => FuzzAsync(100_000, 1_000_000);

    [Fact]
    public void What_no_index_is_never_reaches_the_parsers()
    {
        var place = Temp.Make("place");
        Seeds(place);
        var xml = File.ReadAllText(Path.Combine(place, "seed.xml"));
        foreach (var (name, index, why) in new (string, string, string)[]
        {
            ("seed.deb", "Package: tool\nVersion: 1\nDescription: " + new string('x', 5 << 20) + "\n\n", "line 3 has"),
            ("seed.deb", "Package: tool\0\nVersion: 1\n\n", "a zero byte at 13"),
            ("seed.xml", xml.Replace("<metadata", "<!DOCTYPE metadata [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><metadata", StringComparison.Ordinal), "declares a document type"),
            ("seed.xml", xml.Replace("<package ", string.Concat(Enumerable.Repeat("<package>", 100_000)) + "<package ", StringComparison.Ordinal), "deeper than"),
            ("seed.xml", xml.Replace("<summary>", "<summary>" + new string('x', 5 << 20), StringComparison.Ordinal), "a text of it"),
            ("seed.xml", xml.Replace("<summary>", "<summary a=\"" + new string('>', 5 << 20), StringComparison.Ordinal), "has no end"),
            ("files.xml", xml.Replace("<package ", "<!-- <package ", StringComparison.Ordinal), "has no end"),
        })
        {
            var bytes = Encoding.UTF8.GetBytes(index);
            Assert.False(IndexFuzz.Read(place, name, bytes));
            using var pool = new SolverPool(name == "seed.deb" ? PackageType.Deb : PackageType.Rpm, name == "seed.deb" ? "amd64" : "x86_64");
            var refused = Assert.Throws<SlipwayException>(() =>
            {
                if (name == "seed.deb") pool.AddDebIndex("damaged", Path.Combine(place, "Packages"));
                else pool.AddRpmMd("damaged", Path.Combine(place, "rpmmd", "repodata"));
            });
            Assert.Contains(why, refused.Why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_hostile_index_kept_is_survived()
    {
        var place = Temp.Make("place");
        Seeds(place);
        foreach (var fixture in Directory.GetFiles(Path.Combine(TestData.Directory, "hostile", "indexes")))
            IndexFuzz.Read(place, "seed" + Path.GetExtension(fixture), File.ReadAllBytes(fixture));
    }

    private async Task FuzzAsync(int rounds, int first)
    {
        var place = Temp.Make("fuzz");
        Seeds(place);
        foreach (var seed in IndexFuzz.Seeds) Assert.True(IndexFuzz.Read(place, seed, File.ReadAllBytes(Path.Combine(place, seed))), seed);
        var counts = (Loaded: 0, Refused: 0);
        for (var from = first; from < first + rounds; from += RoundsOfOne)
        {
            using var parser = ChildRoles.Start("parser", place, $"{from}", $"{Math.Min(RoundsOfOne, first + rounds - from)}");
            var ended = await parser.Completion.WaitAsync(TimeSpan.FromMinutes(20), TestContext.Current.CancellationToken);
            Assert.True(ended.Succeeded, $"from round {from}: {ended.Ending} {ended.ErrorText}\nthe last input: {Convert.ToBase64String(File.ReadAllBytes(Path.Combine(place, IndexFuzz.Current)))}");
            var some = File.ReadAllText(Path.Combine(place, IndexFuzz.Counts)).Split(' ');
            counts = (counts.Loaded + int.Parse(some[0], null), counts.Refused + int.Parse(some[1], null));
        }
        output.WriteLine($"{rounds} damaged indexes: {counts.Loaded} loaded, {counts.Refused} refused");
        Assert.True(counts.Loaded > rounds / 10 && counts.Refused > rounds / 10);
    }

    private void Seeds(string place)
    {
        string[] names = ["tool", "other"];
        var deb = _repositories.Publish("harbor/bookworm", [.. names.Select(name => RealPackages.Deb(Temp, name, "1.0", extra: "Depends: other (>= 1) | third, base\nProvides: virtual (= 2)\n"))]);
        var rpm = _repositories.Publish("harbor/rpm", [.. names.Select(name => RealPackages.Rpm(Temp, name, "1.0", extra: "Requires: (other >= 1 if third)\nProvides: virtual = 2"))]);
        var arch = _repositories.Publish("harbor/arch", [.. names.Select(name => RealPackages.Pacman(Temp, name, "1.0-1", extra: "depend = other>=1\nprovides = virtual=2\n"))]);
        Copy(Path.Combine(deb.Path, "dists/bookworm/main/binary-amd64/Packages"), "seed.deb");
        Copy(Assert.Single(Directory.GetFiles(Path.Combine(rpm.Path, "repodata"), "*-primary.xml.gz")), "seed.xml");
        Copy(Assert.Single(Directory.GetFiles(Path.Combine(rpm.Path, "repodata"), "*-filelists.xml.gz")), "files.xml");
        Copy(Path.Combine(arch.Path, "x86_64/harbor.db"), "seed.db");

        void Copy(string from, string to)
        {
            using var plain = Compressor.DecompressDetected(File.OpenRead(from));
            using var file = File.Create(Path.Combine(place, to));
            plain.CopyTo(file);
        }
    }
}
