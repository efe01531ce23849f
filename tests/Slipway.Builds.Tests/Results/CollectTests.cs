using Slipway.Builds.Roots;
using Slipway.Packages.Repositories;
using Slipway.State;

namespace Slipway.Builds.Tests.Results;

public sealed class CollectTests(RunningSigner signer) : IDisposable
{
    private readonly TestService _service = new(signer.Client);
    private readonly RepositoryId _repository = new("harbor", "bookworm");

    public void Dispose() => _service.Dispose();

    private void PushPackages(params (string Name, string Behaviour)[] packages)
    {
        _service.WriteDist();
        foreach (var (name, behaviour) in packages)
        {
            _service.WritePackage(name);
            _service.Write($"projects/harbor/{name}/behaviour", behaviour);
        }
        _service.Push();
    }

    private async Task RunUntilAsync(Func<bool> done)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var run = _service.Roles.RunAsync(stop.Token);
        while (!done() && !stop.IsCancellationRequested) await Task.Delay(20, CancellationToken.None);
        await stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(done(), string.Join("; ", _service.Queries.Builds()));
    }

    private string[] Published() => [.. _service.Repositories.Files(_repository, _service.Repositories.Current(_repository)!.Number).Select(file => $"{file.Name} {file.Version}").Order()];

    [Fact]
    public async Task A_push_leads_to_one_snapshot_of_what_was_built_and_a_failed_build_contributes_nothing()
    {
        PushPackages(("hello", ""), ("jq", ""), ("broken", "fail"));
        var bell = _service.Data.Doorbell("releases").File;
        await RunUntilAsync(() => _service.Repositories.Current(_repository) is not null && _service.Queries.Builds().All(build => build.Snapshot is not null || build.State == BuildState.Failed));
        Assert.Equal(["hello", "jq"], Published().Select(one => one.Split(' ')[0]));
        Assert.Single(_service.Repositories.History(_repository));
        Assert.True(File.Exists(bell));

        _service.Write("projects/harbor/broken/behaviour", "");
        _service.Push();
        await RunUntilAsync(() => _service.Build("broken").Snapshot is not null);
        Assert.Equal(["broken", "hello", "jq"], Published().Select(one => one.Split(' ')[0]));
        Assert.Equal(2, _service.Repositories.History(_repository).Count);
    }

    [Fact]
    public async Task A_dependent_is_built_after_what_it_needs_is_published_and_with_it()
    {
        _service.WriteDist();
        _service.WritePackage("app", needs: "greet");
        _service.WritePackage("greet");
        _service.Push();
        await RunUntilAsync(() => _service.Queries.Builds() is [var one, var other] && one.Snapshot is not null && other.Snapshot is not null);
        Assert.Equal(["greet", "app"], _service.Builds.Started.Select(inputs => inputs.PackageName));
        var inputs = _service.Builds.Started.Last();
        Assert.Equal(_service.Repositories.Show(_repository, 1).Path, Assert.Single(inputs.ProjectRepositories));
    }

    [Fact]
    public async Task A_build_that_waits_for_a_runner_nobody_has_does_not_hold_back_the_others()
    {
        PushPackages(("hello", ""));
        _service.WritePackage("orphan", group: "suse");
        _service.Push();
        _service.FetchAndTake();
        var lease = _service.Roles.Desk.TryLease("local#1", [new("harbor", "x86_64")])!;
        var deb = (await _service.Builds.BuildAsync(Inputs(lease), _ => { }, default)).ResultFiles[0];
        _service.Roles.Desk.Succeed(lease, new(), [new(Path.GetFileName(deb), _service.Store.AddFile(deb), 1)]);
        Assert.True(await _service.Roles.Bases.StepAsync(TestContext.Current.CancellationToken));
        Assert.Single(_service.Roles.Collect.Step());
        Assert.Empty(_service.Roles.Collect.Step());
        Assert.Equal(BuildState.Waiting, _service.Build("orphan").State);
    }

    [Fact]
    public async Task Nothing_is_published_while_a_build_of_the_same_repository_runs()
    {
        PushPackages(("a", ""), ("b", ""));
        _service.FetchAndTake();
        var first = _service.Roles.Desk.TryLease("local#1", [new("harbor", "x86_64")])!;
        var second = _service.Roles.Desk.TryLease("local#1", [new("harbor", "x86_64")])!;
        var deb = (await _service.Builds.BuildAsync(Inputs(first), _ => { }, default)).ResultFiles[0];
        _service.Roles.Desk.Succeed(first, new(), [new(Path.GetFileName(deb), _service.Store.AddFile(deb), 1)]);
        await _service.Roles.Bases.StepAsync(TestContext.Current.CancellationToken);
        Assert.Empty(_service.Roles.Collect.Step());
        _service.Roles.Desk.Fail(second, new(), "it failed", false, "package build failed");
        Assert.Equal(["a"], Assert.Single(_service.Roles.Collect.Step()) is { } snapshot ? _service.Repositories.Files(_repository, snapshot.Number).Select(file => file.Name) : []);
    }

    [Fact]
    public async Task A_dist_gets_its_base_repository_before_the_first_snapshot()
    {
        PushPackages(("hello", ""));
        _service.WriteDist("rpm", "rpm", "repositories:\n  - {name: base, from: apt, packages: [libc6]}\n");
        _service.WritePackage("other", dist: "rpm");
        _service.Push();
        _service.FetchAndTake();
        Assert.Empty(_service.Roles.Collect.Step());
        Assert.True(await _service.Roles.Bases.StepAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["base/rpm"], _service.Builds.BaseRepositories);
        Assert.NotNull(_service.Repositories.Current(new("base", "rpm")));
        Assert.False(await _service.Roles.Bases.StepAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_published_package_leads_back_to_its_commit()
    {
        PushPackages(("hello", ""));
        await RunUntilAsync(() => _service.Queries.Builds() is [{ Snapshot: not null }]);
        var back = _service.Ledger.Back(_service.Repositories.Current(_repository)!.Node).Select(edge => edge.To).ToList();
        Assert.Contains(new Node("commit", _service.Source.Head()!), back);
    }

    private BuildInputs Inputs(BuildLease lease)
    {
        var work = Path.Combine(_service.Data.Build(lease.Build), "work");
        return new BuildInputs
        {
            BuildId = lease.Build,
            Attempt = 1,
            SourceDirectory = work,
            PackageName = lease.Name,
            Architecture = lease.Arch,
            SourceDateEpoch = 0,
            WorkDirectory = work,
            Dist = Dist.Parse("name: bookworm\ntype: deb\nroot: {from: apt, sources: host, base: [build-essential]}\n", "dists/bookworm.yml"),
        };
    }
}
