using System.Text;
using Slipway.Messages;

namespace Slipway.Builds.Tests.Requests;

public sealed class IntakeTests : IDisposable
{
    private readonly TestService _service = new();

    public IntakeTests()
    {
        _service.WriteDist();
        _service.WritePackage("hello");
        _service.WritePackage("foreign", arch: "aarch64");
        _service.WritePackage("orphan", group: "suse");
        _service.Push();
    }

    public void Dispose() => _service.Dispose();

    private static BuildRequest Request(string id = "e0adf9c6-1224-11ec-bdbe-06be1098538e", string project = "projects/harbor/hello", string arch = "x86_64", string group = "harbor") => new()
    {
        RequestId = id,
        Project = project,
        RunnerGroup = group,
        Action = ResponseCodes.PackageRebuildRequested,
        Package = new(arch, "bookworm"),
    };

    private BuildResponse Answer(BuildRequest request)
    {
        _service.Request(request);
        Assert.Equal(1, _service.Roles.Intake.Step());
        return _service.Responses()[^1];
    }

    [Fact]
    public void A_request_becomes_a_durable_build_and_is_answered_as_the_original_answers()
    {
        var response = Answer(Request());
        Assert.Equal(("Accept package build request", "package request accepted", new ResponseTarget("x86_64", "bookworm")), (response.Message, response.ResponseCode, response.Target));
        Assert.StartsWith("CBScheduler:localhost:", response.Identity, StringComparison.Ordinal);
        Assert.EndsWith(":hello", response.Identity, StringComparison.Ordinal);
        var build = _service.Build("hello");
        Assert.Equal((BuildState.Queued, "bookworm.x86_64", "deb", _service.Source.Head()), (build.State, build.Target, build.Type, build.Commit));
    }

    [Fact]
    public void The_same_request_twice_is_one_build()
    {
        Answer(Request());
        _service.Request(Request());
        _service.Roles.Intake.Step();
        Assert.Single(_service.Queries.Builds());
        Assert.Empty(_service.Queries.DeadLetters());
    }

    [Fact]
    public void Another_request_with_a_used_id_is_a_dead_letter()
    {
        Answer(Request());
        _service.Request(Request(project: "projects/harbor/orphan"));
        _service.Roles.Intake.Step();
        Assert.Single(_service.Queries.Builds());
        Assert.Equal("request_id: was used before by a request with other content", Assert.Single(_service.Queries.DeadLetters()).Reason);
    }

    [Theory]
    [InlineData("foo", "the document is no map")]
    [InlineData("", "the document is no map")]
    [InlineData("{action: a, project: p, request_id: r, runner_group: g, schema_version: 0.2, foo: 1}", "foo: unknown field")]
    [InlineData("{action: a, project: p, request_id: 'a;reboot', runner_group: g, schema_version: 0.2}", "letters, digits or dashes")]
    public void What_is_no_request_is_a_dead_letter_with_the_reason(string body, string reason)
    {
        _service.Broker.Publish([new("harbor", null, Encoding.UTF8.GetBytes(body))]);
        _service.Roles.Intake.Step();
        Assert.Contains(reason, Assert.Single(_service.Queries.DeadLetters()).Reason, StringComparison.Ordinal);
        Assert.Empty(_service.Queries.Requests());
    }

    [Theory]
    [InlineData("projects/harbor/nope", "project does not exist")]
    [InlineData("projects/harbor/../harbor/hello", "project does not exist")]
    [InlineData("/etc", "project does not exist")]
    [InlineData("", "project does not exist")]
    public void A_path_that_leads_nowhere_or_outside_is_refused(string project, string code)
    {
        Assert.Equal(code, Answer(Request(project: project)).ResponseCode);
        Assert.Empty(_service.Queries.Builds());
        Assert.Equal(code, Assert.Single(_service.Queries.Requests()).Outcome);
    }

    [Fact]
    public void A_group_that_is_not_configured_is_refused_in_the_original_words()
    {
        var response = Answer(Request(group: "fedora"));
        Assert.Equal("No package config for: bookworm.x86_64 in runner group fedora", response.Message);
        Assert.Empty(_service.Queries.Builds());
    }

    [Fact]
    public void A_group_that_nobody_serves_and_an_architecture_that_nobody_has_wait_and_say_why()
    {
        _service.FetchAndTake();
        _service.Roles.Desk.TryLease("other#1", []);
        Assert.Equal((BuildState.Waiting, "no runner serves the group `suse`"), (_service.Build("orphan").State, _service.Build("orphan").Reason));
        Assert.Equal((BuildState.Waiting, "no runner of the group `harbor` has the architecture aarch64"), (_service.Build("foreign").State, _service.Build("foreign").Reason));
        Assert.Contains(_service.Responses(), response => response.ResponseCode == "incompatible build arch" && response.Message == "Incompatible arch: x86_64");
        Assert.Equal("no runner serves the group `suse`", _service.Queries.Why(_service.Build("orphan").Id)!.Why);
    }

    [Fact]
    public void A_newer_request_takes_the_place_of_a_queued_one()
    {
        Answer(Request("first"));
        Answer(Request("second"));
        var builds = _service.Queries.Builds();
        Assert.Equal([(BuildState.Queued, "second"), (BuildState.Cancelled, "first")], builds.Select(build => (build.State, build.RequestId)));
        Assert.Equal($"superseded by build {builds[0].Id}", builds[1].Reason);
    }

    [Fact]
    public void A_newer_request_resets_a_running_build_and_starts_when_that_has_stopped()
    {
        Answer(Request("first"));
        var lease = _service.Roles.Desk.TryLease("local#1", [new("harbor", "x86_64")])!;
        Answer(Request("second"));
        Assert.Equal(["package request accepted", "reset running build"], _service.Responses().Where(response => response.RequestId == "second").Select(response => response.ResponseCode));
        Assert.False(_service.Roles.Desk.Renew(lease));
        Assert.Null(_service.Roles.Desk.TryLease("local#1", [new("harbor", "x86_64")]));
        Assert.Equal($"build {lease.Build} of the same target is being stopped", _service.Build("hello").Reason);
        _service.Roles.Desk.Stopped(lease);
        Assert.Equal("second", _service.Roles.Desk.TryLease("local#1", [new("harbor", "x86_64")])!.RequestId);
    }

    [Fact]
    public void A_request_from_elsewhere_is_pinned_to_the_head_of_the_branch_at_acceptance()
    {
        var head = _service.Source.Head();
        Answer(Request());
        _service.Write("projects/harbor/hello/a", "1");
        _service.Push();
        Assert.Equal(head, _service.Build("hello").Commit);
    }
}
