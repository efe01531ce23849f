using System.Text;
using Slipway.Messages;
using Slipway.State;

namespace Slipway.Builds.Tests.Runner;

public sealed class RunnerTests : IDisposable
{
    private readonly TestService _service = new();
    private readonly CancellationTokenSource _stop = new();

    public void Dispose()
    {
        _stop.Dispose();
        _service.Dispose();
    }

    private async Task RunAsync(Func<Task> while_running)
    {
        var loop = Task.Run(() => _service.Roles.Runner.RunAsync(_stop.Token));
        await while_running();
        await _stop.CancelAsync();
        await loop.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private void PushPackage(string behaviour = "")
    {
        _service.WriteDist();
        _service.WritePackage("hello");
        _service.Write("projects/harbor/hello/behaviour", behaviour);
        _service.Push();
        _service.FetchAndTake();
    }

    [Fact]
    public async Task A_build_gets_the_files_of_its_commit_and_leaves_log_results_answers_and_edges()
    {
        PushPackage();
        await RunAsync(() => _service.WaitForAsync("hello", build => build.State == BuildState.Succeeded));

        var build = _service.Queries.Build(_service.Build("hello").Id)!;
        var result = Assert.Single(build.Results);
        Assert.Equal($"hello_1.{build.Build.Id}_amd64.deb", result.Name);
        Assert.True(_service.Store.Contains(Content.Digest.Parse(result.Digest)));
        Assert.Equal(AttemptState.Succeeded, Assert.Single(build.Attempts).State);
        var log = File.ReadAllText(_service.Queries.LogPath(build.Build.Id)!);
        Assert.Contains("building hello\n", log, StringComparison.Ordinal);
        Assert.Contains(build.Build.Commit, log, StringComparison.Ordinal);
        Assert.Equal(
            ["package rebuild due to source change", "package request accepted", "build root setup succeeded", "package build succeeded"],
            _service.Responses().Select(response => response.ResponseCode));
        Assert.All(_service.Responses(), response => Assert.Equal(build.Build.RequestId, response.RequestId));
        var back = _service.Ledger.Back(new Node("file", result.Digest)).Select(edge => edge.To.Kind);
        Assert.Equal(["build", "request", "package-source", "commit"], back);
        var inputs = Assert.Single(_service.Builds.Started);
        Assert.Equal(("hello", "bookworm", "x86_64"), (inputs.PackageName, inputs.Dist.Name, inputs.Architecture));
        Assert.Equal(1_700_000_060, inputs.SourceDateEpoch);
        Assert.False(Directory.Exists(inputs.WorkDirectory), "the work directory is removed");
    }

    [Fact]
    public async Task An_image_is_built_by_its_whole_target_and_answered_as_one()
    {
        _service.Write("projects/harbor/disk/.cb/cloud_builder.yml", """
            schema_version: 0.1
            name: disk
            images:
              - {arch: aarch64, runner_group: harbor, selection: {name: standard, profiles: [Arm]}}
              - {arch: x86_64, runner_group: harbor, selection: {name: standard, profiles: [A, B], build_arguments: ["--clear-cache"]}}
            """);
        _service.Write("projects/harbor/disk/config.xml", "<image/>");
        _service.Push();
        _service.FetchAndTake();
        await RunAsync(async () =>
        {
            while (!_service.Responses().Any(response => response.ResponseCode == ResponseCodes.ImageBuildSucceeded))
                await Task.Delay(20);
        });
        var inputs = Assert.Single(_service.Builds.Started);
        Assert.Equal(["A", "B"], inputs.Image!.Profiles);
        Assert.Equal(["--clear-cache"], inputs.Image.Arguments);
        var answer = _service.Responses()[^1];
        Assert.StartsWith("CBImage:", answer.Identity, StringComparison.Ordinal);
        Assert.Equal("Image build bundled as RPM package", answer.Message);
        Assert.Equal(0, answer.Image!.ExitCode);
        Assert.Single(answer.Image.BinaryPackages);
        Assert.DoesNotContain(_service.Responses(), response => response.ResponseCode == ResponseCodes.BuildRootSetupSucceeded);
    }

    [Fact]
    public async Task A_package_that_describes_its_root_needs_no_dist_file()
    {
        _service.WritePackage("hello", dist: "TW");
        _service.Write("projects/harbor/hello/.cb/build_root.kiwi", """
            <image schemaversion="7.4" name="hello"><profiles><profile name="TW.x86_64" description="t"/></profiles>
            <preferences><version>0.0.0</version><packagemanager>apt</packagemanager><type image="tbz"/></preferences>
            <repository distribution="bookworm" repository_gpgcheck="false"><source path="https://www.example.org/debian"/></repository>
            <packages type="image"><package name="dpkg-dev"/></packages></image>
            """);
        _service.Push();
        _service.FetchAndTake();
        await RunAsync(() => _service.WaitForAsync("hello", build => build.State == BuildState.Succeeded));
        var dist = Assert.Single(_service.Builds.Started).Dist;
        Assert.Equal(("TW", Packages.PackageType.Deb, "kiwi"), (dist.Name, dist.Type, dist.Root.From));
        Assert.Equal("https://www.example.org/debian", Assert.Single(dist.Root.Repositories).Source.Url);
        Assert.Equal(["dpkg-dev"], dist.Root.Base);
    }

    [Theory]
    [InlineData("fail", "package build failed", "the recipe failed: make: *** [all] Error 1")]
    [InlineData("no root", "build root setup failed", "nothing provides libfoo-dev")]
    [InlineData("nothing", "package build failed, no binaries found", "the build ended well but made no packages")]
    public async Task A_failed_recipe_is_never_tried_again(string behaviour, string code, string cause)
    {
        PushPackage(behaviour);
        await RunAsync(() => _service.WaitForAsync("hello", build => build.State == BuildState.Failed));
        Assert.Equal((cause, 1), (_service.Build("hello").Cause, _service.Build("hello").Attempts));
        Assert.Equal(code, _service.Responses()[^1].ResponseCode);
        Assert.Equal(cause, _service.Queries.Why(_service.Build("hello").Id)!.Why);
        Assert.Empty(_service.Queries.Build(_service.Build("hello").Id)!.Results);
    }

    [Fact]
    public void Failed_infrastructure_is_tried_three_times_in_all()
    {
        PushPackage();
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            _service.Database.Write(transaction => Dapper.SqlMapper.Execute(transaction.Connection!, "UPDATE builds_build SET not_before = 0", transaction: transaction));
            var lease = _service.Roles.Desk.TryLease("local#1", [new("harbor", "x86_64")])!;
            Assert.Equal(attempt, lease.Attempt);
            _service.Roles.Desk.Fail(lease, new(), "the mirror did not answer", infrastructure: true, ResponseCodes.PackageBuildFailed);
            Assert.Equal(attempt < 3 ? BuildState.Queued : BuildState.Failed, _service.Build("hello").State);
        }
        Assert.Equal("the mirror did not answer", _service.Build("hello").Cause);
    }

    [Fact]
    public void A_build_whose_infrastructure_failed_is_not_tried_again_at_once()
    {
        PushPackage();
        _service.Roles.Desk.Fail(_service.Roles.Desk.TryLease("local#1", [new("harbor", "x86_64")])!, new(), "no network", infrastructure: true, ResponseCodes.PackageBuildFailed);
        Assert.Null(_service.Roles.Desk.TryLease("local#1", [new("harbor", "x86_64")]));
        Assert.Equal("try 2 after: no network", _service.Build("hello").Reason);
    }

    [Fact]
    public void What_an_earlier_process_of_a_runner_held_is_lost_and_built_again()
    {
        PushPackage();
        var old = _service.Roles.Desk.TryLease("local#1", [new("harbor", "x86_64")])!;
        Assert.Equal(0, _service.Roles.Desk.GiveUpLost("other#2"));
        Assert.Equal(1, _service.Roles.Desk.GiveUpLost("local#2"));
        Assert.Equal(AttemptState.Lost, Assert.Single(_service.Queries.Build(old.Build)!.Attempts).State);
        var next = _service.Roles.Desk.TryLease("local#2", [new("harbor", "x86_64")])!;
        Assert.Equal((old.Build, 2), (next.Build, next.Attempt));
        Assert.True(next.Lease.Fence > old.Lease.Fence);
        Assert.Throws<LeaseLostException>(() => _service.Roles.Desk.Succeed(old, new(), []));
        Assert.False(_service.Roles.Desk.Renew(old));
        Assert.True(_service.Roles.Desk.Renew(next));
    }

    [Fact]
    public async Task A_cancelled_build_is_stopped_within_a_heartbeat()
    {
        PushPackage("hang");
        await RunAsync(async () =>
        {
            var build = await _service.WaitForAsync("hello", build => build.State == BuildState.Running && !_service.Builds.Started.IsEmpty);
            _service.Roles.Actions.Cancel(build.Id);
            await _service.WaitForAsync("hello", build => !_service.Builds.Cancelled.IsEmpty
                && _service.Queries.Build(build.Id)!.Attempts[0].State == AttemptState.Cancelled);
        });
        Assert.Equal((BuildState.Cancelled, "cancelled on request"), (_service.Build("hello").State, _service.Build("hello").Reason));
    }

    [Fact]
    public async Task A_runner_that_is_told_to_stop_hands_back_and_the_build_is_not_blamed()
    {
        PushPackage("hang");
        await RunAsync(() => _service.WaitForAsync("hello", build => build.State == BuildState.Running && !_service.Builds.Started.IsEmpty));
        Assert.Equal(BuildState.Queued, _service.Build("hello").State);
        Assert.Equal("handed back by the runner", Assert.Single(_service.Queries.Build(_service.Build("hello").Id)!.Attempts).Cause);
        Assert.Equal(0, _service.Scalar<int>("SELECT failures FROM builds_build"));
    }

    [Fact]
    public async Task A_new_commit_stops_the_running_build_of_the_old_one_and_builds_the_new()
    {
        PushPackage("hang");
        await RunAsync(async () =>
        {
            var old = await _service.WaitForAsync("hello", build => build.State == BuildState.Running && !_service.Builds.Started.IsEmpty);
            _service.Write("projects/harbor/hello/behaviour", "");
            var commit = _service.Push();
            _service.FetchAndTake();
            var build = await _service.WaitForAsync("hello", build => build.State == BuildState.Succeeded);
            Assert.Equal(commit, build.Commit);
            Assert.Equal(BuildState.Cancelled, _service.Queries.Build(old.Id)!.Build.State);
        });
        Assert.Single(_service.Builds.Cancelled);
    }

    [Fact]
    public async Task No_more_builds_run_at_once_than_the_runner_may()
    {
        _service.WriteDist();
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            _service.WritePackage(name);
            _service.Write($"projects/harbor/{name}/behaviour", "wait");
        }
        _service.Push();
        _service.FetchAndTake();
        await RunAsync(async () =>
        {
            await _service.WaitForAsync("a", _ => _service.Builds.Started.Count == 2);
            await Task.Delay(400);
            Assert.Equal(2, _service.Queries.Builds().Count(build => build.State == BuildState.Running));
            _service.Builds.Go.SetResult();
            foreach (var name in new[] { "a", "b", "c", "d" }) await _service.WaitForAsync(name, build => build.State == BuildState.Succeeded);
        });
    }

    [Fact]
    public async Task Files_that_sources_names_lie_beside_the_recipe_and_a_wrong_digest_fails_the_build()
    {
        var digest = _service.Store.Add("upstream"u8);
        _service.WriteDist();
        _service.WritePackage("hello");
        _service.Write("projects/harbor/hello/sources", $"{digest}  hello.tar.gz  -\n");
        _service.WritePackage("jq");
        _service.Write("projects/harbor/jq/sources", $"{new string('a', 64)}  jq.tar.gz  -\n");
        _service.Push();
        _service.FetchAndTake();
        var seen = "";
        _service.Builds.OnStart = inputs => seen = File.ReadAllText(Path.Combine(inputs.SourceDirectory, "hello.tar.gz"));
        await RunAsync(async () =>
        {
            await _service.WaitForAsync("hello", build => build.State == BuildState.Succeeded);
            await _service.WaitForAsync("jq", build => build.State == BuildState.Failed);
        });
        Assert.Equal("upstream", seen);
        Assert.Equal($"jq.tar.gz: - has no file with the digest {new string('a', 64)}", _service.Build("jq").Cause);
    }

    [Fact]
    public void A_log_stops_growing_and_says_so()
    {
        using (var log = new AttemptLog(_service.Data, 1, 1))
        {
            var block = Encoding.ASCII.GetBytes(new string('x', 1 << 20));
            for (var written = 0L; written <= AttemptLog.MaxBytes; written += block.Length) log.Write(block);
            log.Say("not written any more");
        }
        var file = new FileInfo(AttemptLog.PathOf(_service.Data, 1, 1));
        Assert.InRange(file.Length, AttemptLog.MaxBytes, AttemptLog.MaxBytes + 100);
        using var stream = file.OpenRead();
        stream.Seek(-100, SeekOrigin.End);
        Assert.EndsWith("[TRUNCATED: the log is longer than 64 MiB]\n", new StreamReader(stream).ReadToEnd(), StringComparison.Ordinal);
    }
}
