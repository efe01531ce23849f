using Slipway.Content;
using Slipway.Packages.Mirrors;
using Slipway.Packages.Apt;

namespace Slipway.Packages.Tests.Mirrors;

public sealed class MirrorReaderTests(ITestOutputHelper output) : IDisposable
{
    private readonly Upstream _upstream = new();
    private readonly HttpClient _http = new();

    private ContentStore Store => new(_upstream.Temp["store"]);

    public void Dispose()
    {
        _http.Dispose();
        _upstream.Dispose();
    }

    [Theory]
    [InlineData(PackageType.Deb)]
    [InlineData(PackageType.Rpm)]
    [InlineData(PackageType.Pacman)]
    public async Task Packages_of_a_signed_repository_are_kept_by_digest_and_fetched_once(PackageType type)
    {
        var source = _upstream.Make(type, packages: 3);
        var first = await RunAsync(source);
        Assert.Equal(["tool1", "tool2", "tool3"], first.Packages.Select(one => one.Package.Name).Order());
        foreach (var (package, digest) in first.Packages)
        {
            var served = Assert.Single(Directory.GetFiles(_upstream.Temp["www"], package.FileName, SearchOption.AllDirectories));
            Assert.Equal(Digest.OfFile(served), digest);
            Assert.Equal(Digest.OfFile(served), Digest.OfFile(Store.PathOf(digest)));
            Assert.Equal(package.Version, PackageFile.Read(served).Version);
        }
        var again = await RunAsync(source);
        Assert.Equal(first.State, again.State);
        Assert.Equal(0, again.Fetched);
        Assert.Equal(first.Packages, again.Packages);
        Assert.Single((await RunAsync(source with { Packages = ["tool2"] })).Packages);
        Assert.Equal(FailureKind.Usage, (await Assert.ThrowsAsync<SlipwayException>(() => RunAsync(source with { Packages = ["nothing"] }))).Kind);
    }

    [Theory]
    [InlineData(PackageType.Deb, "dists/stable/InRelease", "has signed it")]
    [InlineData(PackageType.Deb, "dists/stable/main/binary-amd64/Packages.xz", "not what the signed index says")]
    [InlineData(PackageType.Deb, "pool/tool1_1.0-1_amd64.deb", "not what the signed index says")]
    [InlineData(PackageType.Rpm, "repodata/repomd.xml", "has signed it")]
    [InlineData(PackageType.Rpm, "tool1-1.0-1.x86_64.rpm", "not what the signed index says")]
    [InlineData(PackageType.Pacman, "stable.db", "has signed it")]
    [InlineData(PackageType.Pacman, "tool1-1:1.0-1-x86_64.pkg.tar.zst", "not what the signed index says")]
    public async Task One_changed_byte_is_refused(PackageType type, string path, string because)
    {
        var source = _upstream.Make(type, packages: 1);
        // InRelease: within the signed text, not in its armour.
        Tool.Flip(_upstream[path], path.EndsWith("InRelease", StringComparison.Ordinal) ? 120 : new FileInfo(_upstream[path]).Length / 2);
        var refused = await Assert.ThrowsAsync<SlipwayException>(() => RunAsync(source));
        Assert.Contains(because, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.Exists(Store.Root) ? Directory.GetFiles(Store.Root, "*", SearchOption.AllDirectories) : [], file => Digest.OfFile(file).ToString() != Path.GetFileName(file));
    }

    [Theory]
    [InlineData(PackageType.Deb)]
    [InlineData(PackageType.Rpm)]
    [InlineData(PackageType.Pacman)]
    public async Task An_index_by_another_key_or_by_none_is_refused(PackageType type)
    {
        var source = _upstream.Make(type, packages: 1);
        using var stranger = new Upstream();
        Assert.Contains("has signed it", (await Assert.ThrowsAsync<SlipwayException>(() => RunAsync(source with { Keys = stranger.Keys }))).Message, StringComparison.Ordinal);
        foreach (var signature in new[] { "dists/stable/InRelease", "repodata/repomd.xml.asc", "stable.db.sig" }) if (File.Exists(_upstream[signature])) File.Delete(_upstream[signature]);
        Assert.Equal(FailureKind.Unreachable, (await Assert.ThrowsAsync<SlipwayException>(() => RunAsync(source))).Kind);
    }

    [Theory]
    [InlineData(PackageType.Deb)]
    [InlineData(PackageType.Rpm)]
    [InlineData(PackageType.Pacman)]
    public async Task An_older_index_than_the_one_mirrored_before_is_refused_though_it_is_signed(PackageType type)
    {
        var source = _upstream.Make(type, packages: 1);
        Tool.Run("cp", "-a", _upstream.Temp["www"], _upstream.Temp["older"]);
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken);
        _upstream.Make(type, packages: 2);
        Assert.Equal(2, (await RunAsync(source)).Packages.Count);
        Directory.Move(_upstream.Temp["www"], _upstream.Temp["newer"]);
        Directory.Move(_upstream.Temp["older"], _upstream.Temp["www"]);
        var refused = await Assert.ThrowsAsync<SlipwayException>(() => RunAsync(source));
        Assert.Contains("was signed on", refused.Message, StringComparison.Ordinal);
        Directory.Move(_upstream.Temp["www"], _upstream.Temp["older"]);
        Directory.Move(_upstream.Temp["newer"], _upstream.Temp["www"]);
        Assert.Equal(2, (await RunAsync(source)).Packages.Count);
    }

    [Fact]
    public async Task An_expired_or_renamed_release_is_refused()
    {
        var source = _upstream.Make(PackageType.Deb, packages: 1);
        _upstream.Index(PackageType.Deb, validFor: "1");
        await Task.Delay(TimeSpan.FromSeconds(2.1), TestContext.Current.CancellationToken);
        Assert.Contains("valid until", (await Assert.ThrowsAsync<SlipwayException>(() => RunAsync(source))).Message, StringComparison.Ordinal);
        _upstream.Index(PackageType.Deb);
        Directory.Move(_upstream["dists/stable"], _upstream["dists/unstable"]);
        Assert.Contains("says of itself to be stable", (await Assert.ThrowsAsync<SlipwayException>(() => RunAsync(source with { Suite = "unstable" }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_apt_repository_without_suites_is_read_from_its_top()
    {
        var source = _upstream.Make(PackageType.Deb, packages: 2) with { Suite = "./" };
        foreach (var deb in Directory.GetFiles(_upstream["pool"]))
            File.Move(deb, _upstream[Path.GetFileName(deb)]);
        _upstream.IndexFlat();
        Assert.Equal(["tool1", "tool2"], (await RunAsync(source)).Packages.Select(p => p.Package.Name).Order(StringComparer.Ordinal));
        await Assert.ThrowsAsync<SlipwayException>(() => RunAsync(source with { Suite = "stable" }));
    }

    [Theory]
    [InlineData(PackageType.Deb)]
    [InlineData(PackageType.Rpm)]
    [InlineData(PackageType.Pacman)]
    public async Task What_a_package_takes_when_installed_is_known_from_the_index(PackageType type)
    {
        var source = _upstream.Make(type, packages: 1);
        var repositories = new UpstreamRepositories([new("one", source)], type == PackageType.Deb ? "amd64" : "x86_64", _http, Store, _upstream.Temp["indexes"], TimeProvider.System);
        await repositories.SettleAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
        using var pool = repositories.Open();
        var resolved = Assert.Single(pool.Resolve(["tool1"]).Require("resolve"));
        var served = Assert.Single(Directory.GetFiles(_upstream.Temp["www"], "tool1*.*", SearchOption.AllDirectories), f => PackageFile.TypeOf(f) == type);
        Assert.True(resolved.InstalledSize > 0);
        Assert.Equal(PackageFile.Read(served).InstalledSize, resolved.InstalledSize);
    }

    [Fact]
    public async Task Packages_come_side_by_side_and_go_on_where_they_broke_off()
    {
        var source = _upstream.Make(PackageType.Deb, packages: 6);
        _upstream.Server.BreakOffAfter = 100;
        _upstream.Server.AnswerTogether = 2;
        var report = await RunAsync(source);
        Assert.Equal(6, report.Packages.Count);
        foreach (var package in Directory.GetFiles(_upstream["pool"]).Select(file => "/pool/" + Path.GetFileName(file)))
            Assert.Contains(_upstream.Server.Requests, request => request.Path == package && request.From is > 0 and <= 100);
        Assert.Empty(Directory.GetFiles(_upstream.Temp["scratch"]));
    }

    [Theory]
    [InlineData("pool/../../etc/shadow")]
    [InlineData("/etc/shadow")]
    [InlineData("http://elsewhere.example/x.deb")]
    public async Task A_signed_index_that_leads_elsewhere_is_refused(string location)
    {
        var source = _upstream.Make(PackageType.Deb, packages: 1);
        var index = File.ReadAllText(_upstream["dists/stable/main/binary-amd64/Packages"]);
        _upstream.SignDebs(index.Replace("Filename: pool/tool1_1.0-1_amd64.deb", $"Filename: {location}.deb", StringComparison.Ordinal));
        var refused = await Assert.ThrowsAsync<SlipwayException>(() => RunAsync(source));
        Assert.True(refused.Message.Contains("no path below it", StringComparison.Ordinal), refused.Message);
    }

    [Fact, Trait("long", "yes")]
    public async Task The_machines_own_distribution_can_be_mirrored()
    {
        var stanza = MachineSources.Read("/etc/apt/sources.list", "/etc/apt/sources.list.d", out _).Select(one => one.Stanza).FirstOrDefault(text => text?.Contains("Signed-By: /", StringComparison.Ordinal) == true);
        if (stanza is null) Assert.Skip("the machine's distribution does not answer: its sources name no key file");
        string Field(string name) => stanza.Split('\n').First(line => line.StartsWith(name + ": ", StringComparison.Ordinal))[(name.Length + 2)..].Split(' ')[0];
        var source = new MirrorSource
        {
            Type = PackageType.Deb,
            Url = Field("URIs"),
            Suite = Field("Suites"),
            Keys = Convert.ToBase64String(File.ReadAllBytes(Field("Signed-By"))),
            Packages = ["hello", "coreutils", "libc6"],
        };
        var report = await RunAsync(source);
        Assert.Equal(3, report.Packages.Count);
        output.WriteLine($"{report.Fetched} files, {report.Bytes} bytes of state {report.State}");
    }

    private Task<MirrorReport> RunAsync(MirrorSource source) =>
        new MirrorReader(_http, Store, _upstream.Temp["scratch"], TimeProvider.System).RunAsync(source, TestContext.Current.CancellationToken);
}
