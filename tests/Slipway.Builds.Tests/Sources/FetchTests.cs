using Slipway.Messages;

namespace Slipway.Builds.Tests.Sources;

public sealed class FetchTests : IDisposable
{
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    private string[] Asked()
    {
        var before = _service.Responses().Count;
        _service.Roles.Fetches[0].Step();
        return [.. _service.Responses().Skip(before).Select(response => $"{response.Project[(response.Project.LastIndexOf('/') + 1)..]}: {response.ResponseCode}").Order()];
    }

    private void PushTwoPackages()
    {
        _service.WriteDist();
        _service.WritePackage("hello");
        _service.WritePackage("jq");
        _service.Push();
    }

    [Fact]
    public void The_first_commit_asks_for_every_package()
    {
        PushTwoPackages();
        Assert.Equal(["hello: package rebuild due to source change", "jq: package rebuild due to source change"], Asked());
        Assert.Empty(Asked());
    }

    [Theory]
    [InlineData("projects/harbor/hello/debian/patches/greeting.patch")]
    [InlineData("projects/harbor/hello/.cb/build_root.kiwi")]
    [InlineData("projects/harbor/hello/grüße.txt")]
    public void A_change_below_a_package_asks_for_that_package(string file)
    {
        PushTwoPackages();
        Asked();
        _service.Write(file, "changed\n");
        _service.Push();
        Assert.Equal(["hello: package rebuild due to source change"], Asked());
    }

    [Fact]
    public void A_change_of_no_package_asks_for_nothing()
    {
        PushTwoPackages();
        Asked();
        _service.Write("README.md", "changed\n");
        _service.Write("projects/harbor/notes.txt", "changed\n");
        _service.Write("projectsX/harbor/x/file", "changed\n");
        _service.Push();
        Assert.Empty(Asked());
    }

    [Fact]
    public void A_deleted_file_counts_as_a_change()
    {
        PushTwoPackages();
        _service.Write("projects/harbor/jq/extra", "x");
        _service.Push();
        Asked();
        _service.Delete("projects/harbor/jq/extra");
        _service.Push();
        Assert.Equal(["jq: package rebuild due to source change"], Asked());
    }

    [Fact]
    public void A_change_of_a_dist_asks_for_all_its_packages()
    {
        PushTwoPackages();
        _service.WriteDist("sid");
        _service.WritePackage("other", dist: "sid");
        _service.Push();
        Asked();
        _service.WriteDist(more: "build_options: [nocheck]\n");
        _service.Push();
        Assert.Equal(["hello: package rebuild due to source change", "jq: package rebuild due to source change"], Asked());
    }

    [Fact]
    public void Commits_made_while_fetch_was_down_are_all_seen()
    {
        PushTwoPackages();
        Asked();
        _service.Write("projects/harbor/hello/a", "1");
        _service.Push();
        _service.Write("projects/harbor/jq/a", "1");
        _service.Push();
        Assert.Equal(["hello: package rebuild due to source change", "jq: package rebuild due to source change"], Asked());
    }

    [Fact]
    public void A_broken_metadata_file_is_reported_with_its_line_and_spoils_no_other_package()
    {
        PushTwoPackages();
        _service.Write("projects/harbor/jq/.cb/cloud_builder.yml", "schema_version: 0.1\nname: jq\ndistris:\n  - {dist: bookworm, arch: x86_64, runner_group: harbor}\n");
        _service.Push();
        Assert.Equal(["hello: package rebuild due to source change", "jq: invalid package metadata"], Asked());
        var error = Assert.Single(_service.Queries.SourceErrors());
        Assert.Equal("projects/harbor/jq/.cb/cloud_builder.yml:3: distris: unknown field", error.Error);
        _service.WritePackage("jq");
        _service.Push();
        Assert.Equal(["jq: package rebuild due to source change"], Asked());
        Assert.Empty(_service.Queries.SourceErrors());
    }

    [Fact]
    public void An_unknown_dist_and_a_broken_dist_are_reported_where_they_stand()
    {
        PushTwoPackages();
        _service.WritePackage("jq", dist: "buster");
        _service.WritePackage("third", dist: "broken");
        _service.Write("dists/broken.yml", "name: broken\ntype: tgz\n");
        _service.Push();
        Assert.Equal(["hello: package rebuild due to source change"], Asked());
        var errors = _service.Queries.SourceErrors();
        Assert.Contains(errors, error => error.Error.StartsWith("projects/harbor/jq/.cb/cloud_builder.yml:4: dist `buster` is not defined", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Package == "projects/harbor/third" && error.Error.StartsWith("dists/broken.yml:", StringComparison.Ordinal));
    }

    [Fact]
    public void A_sources_file_with_a_path_that_climbs_is_an_error_with_its_line()
    {
        PushTwoPackages();
        _service.Write("projects/harbor/hello/sources", $"# upstream\n{new string('a', 64)}  ../../etc/passwd  apt-source:hello\n");
        _service.Push();
        Asked();
        Assert.Contains(_service.Queries.SourceErrors(), error => error.Error.StartsWith("projects/harbor/hello/sources:2: `../../etc/passwd`", StringComparison.Ordinal));
    }

    [Fact]
    public void A_forced_push_that_drops_the_last_handled_commit_is_handled()
    {
        PushTwoPackages();
        Asked();
        _service.Write("projects/harbor/hello/a", "1");
        _service.Push();
        using var other = new TestService();
        other.WriteDist();
        other.WritePackage("alone");
        other.Push();
        new Sandbox.Git(other.Source.Directory).Push(_service.Source.Directory, default, "+main:refs/heads/main");
        Assert.Equal(["alone: package rebuild due to source change"], Asked());
    }

    [Fact]
    public void A_push_rings_the_bell_that_fetch_waits_on()
    {
        var bell = _service.Data.Doorbell("sources").File;
        Assert.False(File.Exists(bell));
        PushTwoPackages();
        var hook = Path.Combine(_service.Source.Directory, "hooks/post-receive");
        Sandbox.ChildProcess.Run(new Sandbox.ChildCommand(hook)).Require("the hook");
        Assert.True(File.Exists(bell));
    }

    [Fact]
    public void The_same_tree_has_the_same_digest_whatever_commit_it_came_by()
    {
        PushTwoPackages();
        _service.FetchAndTake();
        var first = _service.Queries.Build(_service.Build("hello").Id)!.Tree;
        _service.Write("projects/harbor/hello/a", "1");
        _service.Push();
        _service.FetchAndTake();
        var second = _service.Queries.Build(_service.Build("hello").Id)!.Tree;
        _service.Delete("projects/harbor/hello/a");
        _service.Push();
        _service.FetchAndTake();
        Assert.NotEqual(first, second);
        Assert.Equal(first, _service.Queries.Build(_service.Build("hello").Id)!.Tree);
    }

    [Fact]
    public void Requests_carry_the_fields_of_the_original()
    {
        PushTwoPackages();
        _service.Roles.Fetches[0].Step();
        var message = _service.Broker.Read("harbor", 0, 10)[0];
        var request = MessageCodec.ReadBuildRequest(message.Body, out _)!;
        Assert.Equal(("projects/harbor/hello", "harbor", "package rebuild due to source change"), (request.Project, request.RunnerGroup, request.Action));
        Assert.Equal(new PackageTarget("x86_64", "bookworm"), request.Package);
        Assert.Equal(request.RequestId, message.Key);
        Assert.Equal(7, Guid.Parse(request.RequestId).Version);
    }
}
