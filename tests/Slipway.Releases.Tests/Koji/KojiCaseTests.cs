using System.Net;
using System.Text;
using System.Xml.Linq;
using Slipway.Content;
using Slipway.Releases.Koji;

namespace Slipway.Releases.Tests.Koji;

/// <summary>The ancestor's cases of the koji pipeline by their numbers, against answers in a hub's form.</summary>
public sealed class KojiCaseTests
{
    private const string Upstream = "http://upstream.example";

    private static readonly KojiProfile s_profile = KojiProfile.Read("koji", ["[koji]\nserver = http://hub.example/kojihub\ntopurl = http://hub.example/kojifiles\n"]);

    [Fact]
    public async Task Case_53_Repository_that_is_at_the_newest_version_is_left_alone()
    {
        var hub = new RecordedHub($"{Upstream}/releases/30000/clear/$arch/os/");
        var report = await SyncAsync(hub);
        Assert.Equal((30000u, 30000u, false), (report.From, report.To, report.Changed));
        Assert.Equal(["getExternalRepo"], hub.Methods);
    }

    [Fact]
    public async Task Case_54_Repository_behind_is_moved_and_made_anew()
    {
        var hub = new RecordedHub($"{Upstream}/releases/29990/clear/$arch/os/");
        var report = await SyncAsync(hub);
        Assert.Equal((29990u, 30000u, true), (report.From, report.To, report.Changed));
        Assert.Equal(["getExternalRepo", "editExternalRepo", "newRepo", "getTaskInfo", "getTaskInfo"], hub.Methods);
        Assert.Contains($"{Upstream}/releases/30000/clear/$arch/os/", hub.Calls[1], StringComparison.Ordinal);
        Assert.Contains("dist-clear-build", hub.Calls[2], StringComparison.Ordinal);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public async Task Case_55_Address_without_a_version_is_moved_with_a_warning_once_the_target_is_there()
    {
        var hub = new RecordedHub("http://elsewhere.example/repo");
        Assert.Contains("names no version", Assert.Single((await SyncAsync(hub)).Warnings), StringComparison.Ordinal);
        var without = new RecordedHub("http://elsewhere.example/repo") { HasRepository = false };
        Assert.Equal(FailureKind.Blocked, (await Assert.ThrowsAsync<SlipwayException>(() => SyncAsync(without))).Kind);
        Assert.Equal(["getExternalRepo"], without.Methods);
    }

    [Fact]
    public async Task Failed_regeneration_puts_the_old_address_back()
    {
        var hub = new RecordedHub($"{Upstream}/releases/29990/clear/$arch/os/") { TaskState = 5 };
        await Assert.ThrowsAsync<SlipwayException>(() => SyncAsync(hub));
        Assert.Contains("releases/29990", hub.Calls[^1], StringComparison.Ordinal);
        Assert.Equal("editExternalRepo", hub.Methods[^1]);
    }

    [Fact]
    public async Task Tag_is_listed_with_inherited_builds_volumes_and_noarch()
    {
        var hub = new RecordedHub("");
        using var http = new HttpClient(hub);
        var packages = await new KojiHub(http, s_profile, TimeProvider.System).PackagesAsync("dist-clear", ["x86_64", "noarch"], TestContext.Current.CancellationToken);
        Assert.Equal(
            ["packages/foo/1.0/1/noarch/foo-doc-1.0-1.noarch.rpm", "packages/foo/1.0/1/x86_64/foo-lib-1.0-1.x86_64.rpm", "vol/big/packages/bar/2/3/x86_64/bar-2-3.x86_64.rpm"],
            packages.OrderBy(p => p.Location, StringComparer.Ordinal).Select(p => p.Location));
    }

    [Theory]
    [InlineData("<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>1000</int></value></member><member><name>faultString</name><value><string>No such tag: x</string></value></member></struct></value></fault></methodResponse>", "No such tag")]
    [InlineData("<html><body>Sorry</body></html>", "no XML-RPC")]
    [InlineData("<!DOCTYPE x [<!ENTITY a \"b\">]><methodResponse/>", "no XML-RPC")]
    [InlineData("<methodResponse><params><param><value><array><data/></array></value></param></params></methodResponse>", "another form")]
    public async Task Answer_that_is_no_list_is_an_error_never_an_empty_tag(string answer, string message)
    {
        using var http = new HttpClient(new RecordedHub("") { Always = answer });
        var error = await Assert.ThrowsAsync<SlipwayException>(() => new KojiHub(http, s_profile, TimeProvider.System).PackagesAsync("x", ["x86_64"], TestContext.Current.CancellationToken));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Profile_is_read_as_koji_reads_it()
    {
        var profile = KojiProfile.Read("site", ["[koji]\nserver = a\n[site]\nserver = http://one.example/hub\ntopurl = http://one.example/files\n", "# mine\n[site]\nauthtype = ssl\ncert = /c.pem\n"]);
        Assert.Equal(("http://one.example/hub", KojiLogin.Certificate, "/c.pem"), (profile.Server, profile.Login, profile.Certificate));
        Assert.Equal(FailureKind.Usage, Assert.Throws<SlipwayException>(() => KojiProfile.Read("nosuch", ["[koji]\nserver = a\n"])).Kind);
    }

    private static async Task<KojiSyncReport> SyncAsync(RecordedHub hub)
    {
        using var http = new HttpClient(hub, disposeHandler: false);
        return await new KojiSync(new KojiHub(http, s_profile, TimeProvider.System), http).RunAsync(
            new KojiSyncOptions { Upstream = Upstream, Repository = "dist-clear-external-repo", Tag = "dist-clear", Pause = TimeSpan.Zero }, TestContext.Current.CancellationToken);
    }

    /// <summary>Answers in the form of a hub's, and the upstream's pointers.</summary>
    private sealed class RecordedHub(string url) : HttpMessageHandler
    {
        public List<string> Calls { get; } = [];
        public bool HasRepository { get; init; } = true;
        public int TaskState { get; init; } = 2;
        public string? Always { get; init; }
        public IReadOnlyList<string> Methods => [.. Calls.Select(c => XElement.Parse(c).Element("methodName")!.Value)];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.Host == "upstream.example")
            {
                var known = request.RequestUri.AbsolutePath == "/latest" || HasRepository;
                return new HttpResponseMessage(known ? HttpStatusCode.OK : HttpStatusCode.NotFound) { Content = new StringContent("30000\n") };
            }
            Calls.Add(await request.Content!.ReadAsStringAsync(cancellationToken));
            var answer = Always ?? $"<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value>{Value(Methods[^1])}</value>\n</param>\n</params>\n</methodResponse>\n";
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(answer)) };
        }

        private string Value(string method) => method switch
        {
            "getExternalRepo" => $"<struct><member><name>id</name><value><int>7</int></value></member><member><name>name</name><value><string>dist-clear-external-repo</string></value></member><member><name>url</name><value><string>{url}</string></value></member></struct>",
            "newRepo" => "<int>4711</int>",
            "getTaskInfo" => $"<struct><member><name>id</name><value><int>4711</int></value></member><member><name>state</name><value><int>{(Methods.Count(m => m == "getTaskInfo") == 1 && TaskState == 2 ? 1 : TaskState)}</int></value></member></struct>",
            "listTaggedRPMS" => $"<array><data><value><array><data>{Rpm("foo-lib", "1.0", "1", "x86_64", 1)}{Rpm("foo-doc", "1.0", "1", "noarch", 1)}{Rpm("foo", "1.0", "1", "src", 1)}{Rpm("bar", "2", "3", "x86_64", 2)}</data></array></value>"
                + $"<value><array><data>{Build(1, "foo", "1.0", "1", "DEFAULT")}{Build(2, "bar", "2", "3", "big")}</data></array></value></data></array>",
            _ => "<nil/>",
        };

        private static string Member(string name, string value) => $"<member><name>{name}</name><value>{value}</value></member>";

        private static string Text(string value) => $"<string>{value}</string>";

        private static string Rpm(string name, string version, string release, string arch, int build) =>
            $"<value><struct>{Member("name", Text(name))}{Member("version", Text(version))}{Member("release", Text(release))}{Member("arch", Text(arch))}{Member("build_id", $"<int>{build}</int>")}{Member("epoch", "<nil/>")}</struct></value>";

        private static string Build(int id, string name, string version, string release, string volume) =>
            $"<value><struct>{Member("build_id", $"<int>{id}</int>")}{Member("name", Text(name))}{Member("version", Text(version))}{Member("release", Text(release))}{Member("volume_name", Text(volume))}</struct></value>";
    }
}
