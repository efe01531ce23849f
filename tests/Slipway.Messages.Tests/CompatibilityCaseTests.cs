using System.Text;
using Slipway.Messages.Brokers;

namespace Slipway.Messages.Tests;

/// <summary>Cases of the compatibility list that are about messages and files alone.</summary>
public sealed class CompatibilityCaseTests
{
    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static bool Accepts(DocumentKind kind, string text) => MessageCodec.Check(kind, Bytes(text)).Count == 0;

    [Fact]
    public void Case_6_an_info_request_has_exactly_its_keys()
    {
        var bytes = MessageCodec.Write(new InfoRequest { RequestId = "u", Project = "projects/MS/xclock", Package = new("x86_64", "TW") });
        Assert.Equal("package:\n  arch: x86_64\n  dist: TW\nproject: projects/MS/xclock\nrequest_id: u\nschema_version: 0.2\n", Encoding.UTF8.GetString(bytes));
    }

    [Fact]
    public void Case_18_and_19_responses_of_a_build_carry_the_bodies_that_old_readers_demand()
    {
        var prepared = new BuildResponse { Identity = "i", RequestId = "u", Project = "p", Message = "Buildroot ready for package build", ResponseCode = "build root setup succeeded", PackagePrepare = new("p.log", "s.json", "root", 0) };
        var built = prepared with { PackagePrepare = null, Package = new("p.log", "b.log", "s.json", ["/a.rpm"], 0) };
        Assert.All([prepared, built], response => Assert.Empty(MessageCodec.Check(DocumentKind.Response, MessageCodec.Write(response))));
        Assert.Contains("package_prepare:\n  build_root: root\n  exit_code: 0\n  prepare_log_file: p.log\n  solver_file: s.json\n", Encoding.UTF8.GetString(MessageCodec.Write(prepared)), StringComparison.Ordinal);
        Assert.Contains("package:\n  binary_packages:\n  - /a.rpm\n  exit_code: 0\n  log_file: b.log\n", Encoding.UTF8.GetString(MessageCodec.Write(built)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("schema_version: 0.1\nname: xclock\ndistributions: [{dist: TW, arch: x86_64, runner_group: fedora}]\n", true)]
    [InlineData("foo", false)]
    [InlineData("schema_version: 0.1\nname: xclock\ndistris: []\n", false)]
    public void Case_24_project_files(string file, bool accepted) => Assert.Equal(accepted, Accepts(DocumentKind.Project, file));

    [Fact]
    public void Case_25_a_broker_file_gives_host_topic_and_name()
    {
        var plain = BrokerConfig.ReadCloudBuilder(Bytes("broker: {host: 'h1:9092,h2:9092'}\nthis_host: 10.0.0.1\n"), out _)!;
        Assert.Equal((BrokerType.Kafka, "h1:9092,h2:9092", null, "10.0.0.1", "cb-build-request"), (plain.Type, plain.Address!.Hosts, plain.Address.Tls, plain.ThisHost, plain.RunnerGroup));
        var full = BrokerConfig.ReadCloudBuilder(Bytes("broker: {host: h, tls: {ssl_cafile: a, ssl_certfile: c, ssl_keyfile: k}}\nrunner: {group: fedora}\nthis_host: x\n"), out _)!;
        Assert.Equal((new BrokerTls("a", "c", "k"), "fedora"), (full.Address!.Tls, full.RunnerGroup));
    }

    [Theory]
    [InlineData("foo: {host: h}\nthis_host: x\n")]
    [InlineData("broker: {host: h}\n")]
    [InlineData("broker: {host: h}\nrunner: null\nthis_host: x\n")]
    [InlineData("broker: {host: [h]}\nthis_host: x\n")]
    [InlineData("broker: {host: h, tls: {ssl_cafile: a, ssl_certfile: c}}\nthis_host: x\n")]
    public void Case_25_broker_files_that_are_refused(string file)
    {
        Assert.Null(BrokerConfig.ReadCloudBuilder(Bytes(file), out var errors));
        Assert.NotEmpty(errors);
    }

    [Fact]
    public void Case_26_the_clients_file_with_an_extra_key_or_a_count_in_quotes_is_refused()
    {
        Assert.Equal(new CbCtlSettings(2, true),
            CbCtlSettings.Read(Bytes("cluster: {ssh_user: u, ssh_pkey_file: k, runner_count: 2, controlplane: h}\nsettings: {use_control_plane_as_proxy: true}\n"), out _));
        Assert.Null(CbCtlSettings.Read(Bytes("cluster: {ssh_user: u, ssh_pkey_file: k, foo: 1}\n"), out _));
        Assert.Null(CbCtlSettings.Read(Bytes("cluster: {ssh_user: u, ssh_pkey_file: k, runner_count: '2'}\n"), out _));
    }
}
