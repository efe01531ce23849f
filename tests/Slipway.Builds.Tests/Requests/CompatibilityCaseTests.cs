using System.Text;
using Slipway.Messages;

namespace Slipway.Builds.Tests.Requests;

/// <summary>Cases by which an old cloud-builder and this service understand each other, numbered as the compatibility list numbers them.</summary>
public sealed class CompatibilityCaseTests : IDisposable
{
    private const string Id = "e0adf9c6-1224-11ec-bdbe-06be1098538e";
    private readonly TestService _service = new();

    public CompatibilityCaseTests()
    {
        _service.WritePackage("xclock", group: "fedora", dist: "TW");
        _service.Write("projects/harbor/xclock/.cb/cloud_builder.yml",
            "schema_version: 0.1\nname: xclock\ndistributions:\n  - {dist: TW, arch: x86_64, runner_group: fedora}\n  - {dist: TW, arch: aarch64, runner_group: fedora}\n");
        _service.Write("projects/harbor/bare/xclock.spec", "Name: xclock\n");
        _service.Push();
    }

    public void Dispose() => _service.Dispose();

    private static string Body(string project = "projects/harbor/xclock", string arch = "x86_64", string group = "fedora") =>
        $"action: package rebuild requested\npackage:\n  arch: {arch}\n  dist: TW\nproject: {project}\nrequest_id: {Id}\nrunner_group: {group}\nschema_version: 0.2\n";

    private IReadOnlyList<BuildResponse> Send(string body, string topic = "fedora")
    {
        _service.Broker.Publish([new(topic, null, Encoding.UTF8.GetBytes(body))]);
        Assert.Equal(1, _service.Roles.Intake.Step());
        // Whatever it was, it does not come again.
        Assert.Equal(0, _service.Roles.Intake.Step());
        return _service.Responses();
    }

    private BuildResponse Answer(string body) => Assert.Single(Send(body));

    [Theory]
    [InlineData("{action: package rebuild requested, package: {arch: x86_64, dist: TW}, project: projects/harbor/xclock, request_id: e0adf9c6, runner_group: fedora, schema_version: 0.2}")]
    [InlineData("{\"schema_version\": 0.2, \"request_id\": \"e0adf9c6\", \"runner_group\": \"fedora\", \"package\": {\"dist\": \"TW\", \"arch\": \"x86_64\"}, \"project\": \"projects/harbor/xclock\", \"action\": \"x\"}")]
    public void Case_3_flow_style_and_JSON_are_accepted(string body) => Assert.Equal(ResponseCodes.PackageRequestAccepted, Answer(body).ResponseCode);

    [Theory]
    [InlineData("foo")]
    [InlineData("")]
    [InlineData("- a\n- b\n")]
    [InlineData("BASE foo: bar\n")]
    [InlineData("BASE schema_version: '0.2'\n")]
    [InlineData("BASE schema_version: true\n")]
    [InlineData("BASE action: null\n")]
    [InlineData("BASE package: null\n")]
    [InlineData("BASE package: {arch: x86_64}\n")]
    [InlineData("BASE package: {arch: x86_64, dist: 15.3}\n")]
    public void Case_4_what_breaks_the_schema_is_done_with_and_not_answered(string body)
    {
        Assert.Empty(Send(body.Replace("BASE ", Body(), StringComparison.Ordinal)));
        Assert.Single(_service.Queries.DeadLetters());
        Assert.Empty(_service.Queries.Builds());
    }

    [Theory]
    [InlineData("BASE schema_version: 99\n", ResponseCodes.PackageRequestAccepted)]
    [InlineData("BASE action: dance\n", ResponseCodes.PackageRequestAccepted)]
    [InlineData("BASE project: ''\n", ResponseCodes.ProjectDoesNotExist)]
    [InlineData("BASE image: {arch: x86_64, selection: standard}\n", ResponseCodes.ImageTargetNotConfigured)]
    public void Case_5_what_the_schema_does_not_check_is_judged_as_a_request(string body, string code) =>
        Assert.Equal(code, Answer(body.Replace("BASE ", Body(), StringComparison.Ordinal)).ResponseCode);

    [Fact]
    public void Case_10_an_accepted_request_is_answered_with_its_target()
    {
        var answer = Answer(Body());
        Assert.Equal(("Accept package build request", "package request accepted", "projects/harbor/xclock", Id, new ResponseTarget("x86_64", "TW")),
            (answer.Message, answer.ResponseCode, answer.Project, answer.RequestId, answer.Target));
        Assert.Matches("^CBScheduler:localhost:[0-9]+:xclock$", answer.Identity);
    }

    [Fact]
    public void Case_11_an_unknown_project_is_named_with_its_place_and_has_no_target()
    {
        var answer = Answer(Body("projects/harbor/nope"));
        Assert.Equal(($"Project does not exist: {_service.Source.Directory}/projects/harbor/nope", "project does not exist", null), (answer.Message, answer.ResponseCode, answer.Target));
        Assert.Empty(_service.Queries.Builds());
    }

    [Fact]
    public void Case_12_a_project_without_metadata_is_named_with_the_file_that_is_missing()
    {
        var answer = Answer(Body("projects/harbor/bare"));
        Assert.Equal("project metadata does not exist", answer.ResponseCode);
        Assert.EndsWith("/projects/harbor/bare/.cb/cloud_builder.yml", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Case_13_a_wrong_group_is_refused() =>
        Assert.Equal(("No package config for: TW.x86_64 in runner group suse", "package target not configured"), Texts(Answer(Body(group: "suse"))));

    [Fact]
    public void Case_13_the_group_local_is_accepted_for_any_target() => Assert.Equal("package request accepted", Answer(Body(group: "local")).ResponseCode);

    [Fact]
    public void Case_14_another_architecture_is_incompatible_and_waits() =>
        Assert.Equal(("Incompatible arch: x86_64", "incompatible build arch"), Texts(Answer(Body(arch: "aarch64"))));

    [Fact]
    public void Case_15_the_target_is_checked_before_the_architecture() => Assert.Equal("package target not configured", Answer(Body(arch: "aarch64", group: "suse")).ResponseCode);

    private static (string, string) Texts(BuildResponse answer) => (answer.Message, answer.ResponseCode);
}
