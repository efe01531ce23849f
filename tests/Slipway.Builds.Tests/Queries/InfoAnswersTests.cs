using Slipway.Messages;

namespace Slipway.Builds.Tests.Queries;

public sealed class InfoAnswersTests : IDisposable
{
    private readonly TestService _service = new();
    private readonly CancellationTokenSource _stop = new();

    public void Dispose()
    {
        _stop.Dispose();
        _service.Dispose();
    }

    private static InfoRequest Question(string package = "hello") =>
        new() { RequestId = "e0adf9c6", Project = $"projects/harbor/{package}", Package = new PackageTarget("x86_64", "bookworm") };

    private InfoAnswers Always() => new(_service.Database, _service.Broker, new Identity("10.0.0.1"), _service.Data, respondAlways: true, _ => { });

    private void Ask(InfoRequest question) => _service.Broker.Publish([new(Topics.InfoRequest, question.RequestId, MessageCodec.Write(question))]);

    private List<InfoResponse> Answers() => [.. _service.Broker.Read(Topics.InfoResponse, 0, 10).Select(message => MessageCodec.ReadInfoResponse(message.Body, out _)!)];

    private async Task BuildAsync(string behaviour = "")
    {
        _service.WriteDist();
        _service.WritePackage("hello");
        _service.Write("projects/harbor/hello/behaviour", behaviour);
        _service.Push();
        _service.FetchAndTake();
        var loop = Task.Run(() => _service.Roles.Runner.RunAsync(_stop.Token));
        await _service.WaitForAsync("hello", build => build.State is BuildState.Succeeded or BuildState.Failed);
        await _stop.CancelAsync();
        await loop.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Case_8_what_was_never_built_is_met_with_silence_and_the_question_is_done_with()
    {
        Ask(Question());
        Assert.Equal(1, _service.Roles.Info.Step());
        Assert.Empty(Answers());
        Assert.Equal(0, _service.Roles.Info.Step());
    }

    [Fact]
    public void Case_8_who_must_answer_always_says_that_there_is_nothing()
    {
        Ask(Question());
        Assert.Equal(1, Always().Step());
        var answer = Assert.Single(Answers());
        Assert.Equal(("none", "none", "none", "unknown", false), (answer.UtcModificationTime, answer.LogFile, answer.SolverFile, answer.BuildStatus, answer.IsRunning));
        Assert.Equal([], answer.BinaryPackages!);
        Assert.Equal("none", answer.Package!.PrepareLogFile);
    }

    [Fact]
    public async Task Case_7_a_build_is_described_with_its_files_and_six_digits_of_a_second()
    {
        await BuildAsync();
        Ask(Question());
        Assert.Equal(1, _service.Roles.Info.Step());
        var answer = Assert.Single(Answers());
        Assert.StartsWith("CBInfo:localhost:", answer.Identity, StringComparison.Ordinal);
        Assert.EndsWith(":projects/harbor/hello", answer.Identity, StringComparison.Ordinal);
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$", answer.UtcModificationTime);
        Assert.Equal((ResponseCodes.PackageBuildSucceeded, false, "e0adf9c6"), (answer.BuildStatus, answer.IsRunning, answer.RequestId));
        Assert.True(File.Exists(answer.LogFile), answer.LogFile);
        Assert.All(answer.BinaryPackages!, file => Assert.True(File.Exists(file), file));
        Assert.NotEmpty(answer.BinaryPackages!);
    }

    [Fact]
    public async Task A_failed_build_has_its_status_and_no_binaries_and_other_targets_stay_silent()
    {
        await BuildAsync("fail");
        var answer = _service.Roles.Info.Answer(Question())!;
        Assert.Equal(ResponseCodes.PackageBuildFailed, answer.BuildStatus);
        Assert.Equal([], answer.BinaryPackages!);
        Assert.Null(_service.Roles.Info.Answer(Question() with { Package = new PackageTarget("x86_64", "rpm") }));
    }

    [Fact]
    public void A_question_that_is_none_is_a_dead_letter()
    {
        _service.Broker.Publish([new(Topics.InfoRequest, null, "foo"u8.ToArray())]);
        Assert.Equal(1, _service.Roles.Info.Step());
        Assert.Contains("no info request", Assert.Single(_service.Broker.DeadLetters(10)).Reason, StringComparison.Ordinal);
    }
}
