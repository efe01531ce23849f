using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Messages;
using Slipway.Messages.Brokers;
using Slipway.State;

namespace Slipway.Cli.Tests;

/// <summary>The ancestor's client as its scripts call it, against the broker of a data directory.</summary>
public sealed class CbCtlTests : IDisposable
{
    private const string Id = "e0adf9c6-1224-11ec-bdbe-06be1098538e";
    private static readonly string Slipway = Path.ChangeExtension(typeof(ManPage).Assembly.Location, null);
    private static readonly string[] Target = ["--project-path", "MS", "--arch", "x86_64", "--dist", "TW"];
    private readonly string _place = Directory.CreateTempSubdirectory("slipway-cbctl-").FullName;
    private readonly EmbeddedBroker _broker;

    public CbCtlTests()
    {
        var data = new DataDirectory(Path.Combine(_place, "data"));
        data.Create();
        _broker = new EmbeddedBroker(data.BrokerDb, TimeProvider.System);
        Configure("");
    }

    public void Dispose()
    {
        _broker.Dispose();
        Directory.Delete(_place, recursive: true);
    }

    private void Configure(string more)
    {
        Directory.CreateDirectory(Path.Combine(_place, ".config/cb"));
        File.WriteAllText(Path.Combine(_place, ".config/cb/cbctl.yml"), $"cluster:\n  ssh_user: cb\n  ssh_pkey_file: /k\n{more}");
    }

    [Fact]
    public void Case_1_a_package_request_reaches_the_topic_of_its_group_and_is_printed()
    {
        var (exit, output, _) = Run("", ["cb-ctl", "--build-package", "xclock", .. Target, "--runner-group", "fedora"]);
        Assert.Equal(0, exit);
        var message = Assert.Single(_broker.Read("fedora", 0, 10));
        Assert.Equal(MessageJson.Of(message.Body) + "\n", output);
        var id = (string)JsonNode.Parse(output)!["request_id"]!;
        Assert.Equal(id, message.Key);
        Assert.Equal($"""
            action: package rebuild requested
            package:
              arch: x86_64
              dist: TW
            project: projects/MS/xclock
            request_id: {id}
            runner_group: fedora
            schema_version: 0.2

            """, Encoding.UTF8.GetString(message.Body));
    }

    [Fact]
    public void Case_2_an_image_request_names_its_selection()
    {
        Assert.Equal(0, Run("", ["cb-ctl", "--build-image", "test-image-disk", "--project-path", "images/leap", "--arch", "x86_64", "--selection", "standard", "--runner-group", "fedora"]).Exit);
        var request = MessageCodec.ReadBuildRequest(Assert.Single(_broker.Read("fedora", 0, 10)).Body, out _)!;
        Assert.Equal(("image rebuild requested", "projects/images/leap/test-image-disk", new ImageTarget("x86_64", "standard")), (request.Action, request.Project, request.Image));
    }

    [Fact]
    public async Task Case_9_the_latest_of_several_answers_wins_and_the_expected_number_ends_the_wait()
    {
        Configure("  runner_count: 4\n");
        var call = Task.Run(() => Run("", ["cb-ctl", "--build-info", "xclock", .. Target, "--timeout", "20"]));
        var question = await QuestionAsync();
        Assert.Equal(("projects/MS/xclock", new PackageTarget("x86_64", "TW")), (question.Project, question.Package));
        foreach (var (time, number) in new[] { ("2021-09-10 09:31:15", 1), ("2021-09-10 09:31:17.000001", 3), ("none", 0), ("2021-09-10 09:31:16.500000", 2) }) Answer(question, time, number);
        var (exit, output, error) = await call.WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
        Assert.Equal(0, exit);
        Assert.Equal("CBInfo:host3:1:projects/MS/xclock", (string)JsonNode.Parse(output)!["identity"]!);
        Assert.DoesNotContain("runner count", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_answers_and_an_empty_record_is_printed()
    {
        Configure("  runner_count: 1\n");
        var (exit, output, error) = Run("", ["cb-ctl", "--build-info", "xclock", .. Target, "--timeout", "0.3"]);
        Assert.Equal((0, "{}\n"), (exit, output));
        Assert.Contains("runner count set to 1 but got 0 responses", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Case_28_watching_starts_at_the_oldest_response_and_obeys_its_filters()
    {
        Respond(Id, "CBScheduler:h:1:xclock", ResponseCodes.PackageRequestAccepted);
        Respond("other", "CBRun:h:1:projects/MS/xclock", ResponseCodes.PackageBuildSucceeded);
        Assert.Equal(2, Codes(Run("", ["cb-ctl", "--watch", "--timeout", "0.2"])).Count);
        Assert.Equal([ResponseCodes.PackageRequestAccepted], Codes(Run("", ["cb-ctl", "--watch", "--filter-request-id", Id, "--filter-service-name", "cb-run", "--timeout", "0.2"])));
        Assert.Equal([ResponseCodes.PackageBuildSucceeded], Codes(Run("", ["cb-ctl", "--watch", "--filter-service-name", "cb-run", "--timeout", "0.2"])));
        var (exit, _, error) = Run("", ["cb-ctl", "--watch", "--filter-service-name", "cb-nothing", "--timeout", "0.2"]);
        Assert.Equal(1, exit);
        Assert.Contains("CBParameterError: Service name 'cb-nothing' not found", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Case_29_a_document_goes_in_on_one_side_and_comes_out_as_a_list_on_the_other()
    {
        Assert.Equal(0, Run($"request_id: {Id}\nfoo: 'no'\n", ["ssh_kafka_write", "--topic", "fedora"]).Exit);
        var (exit, output, _) = Run("", ["ssh_kafka_read", "--topic", "fedora", "--group", "g", "--client", "c", "--timeout", "100"]);
        Assert.Equal((0, $"- 'request_id: {Id}\n\n  foo: ''no''\n\n  '\n"), (exit, output));
        Assert.Equal((0, "[]\n"), Shown(Run("", ["ssh_kafka_read", "--topic", "fedora", "--group", "g", "--timeout", "100"])));
        Assert.Equal(1, Run("{", ["ssh_kafka_write", "--topic", "fedora"]).Exit);
    }

    [Fact]
    public void A_link_of_the_name_is_the_program_and_a_wrong_line_shows_the_usage()
    {
        var link = Path.Combine(_place, "cb-ctl");
        File.CreateSymbolicLink(link, Slipway);
        Assert.Equal((0, "CB (ctl) version 1.0.7\n"), Shown(Run("", ["--version"], link)));
        Assert.Equal((0, "CB (ctl) version 1.0.7\n"), Shown(Run("", ["compat", "cb-ctl", "--version"])));
        var (exit, output, error) = Run("", ["--build-package-local", "--dist", "TW", "--arch", "x86_64"], link);
        Assert.Equal((1, ""), (exit, output));
        Assert.StartsWith("Usage:\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_that_is_missing_or_wrong_is_named_as_the_ancestor_names_it()
    {
        Configure("  foo: 1\n");
        Assert.Contains("CBConfigFileValidationError: ValidationError for", Run("", ["cb-ctl", "--watch"]).Error, StringComparison.Ordinal);
        File.Delete(Path.Combine(_place, ".config/cb/cbctl.yml"));
        var (exit, _, error) = Run("", ["cb-ctl", "--build-package", "xclock", .. Target, "--runner-group", "fedora"]);
        Assert.Equal(1, exit);
        Assert.Contains("CBConfigFileNotFoundError: ", error, StringComparison.Ordinal);
        Assert.Empty(_broker.Topics());
    }

    private async Task<InfoRequest> QuestionAsync()
    {
        for (var tries = 0; tries < 300; tries++)
        {
            if (_broker.Read(Topics.InfoRequest, 0, 1) is [var message]) return MessageCodec.ReadInfoRequest(message.Body, out _)!;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException("no question came");
    }

    private void Answer(InfoRequest question, string time, int host) => _broker.Publish([new(Topics.InfoResponse, question.RequestId, MessageCodec.Write(new InfoResponse
    {
        Identity = string.Create(CultureInfo.InvariantCulture, $"CBInfo:host{host}:1:projects/MS/xclock"),
        RequestId = question.RequestId,
        Project = question.Project,
        SourceIp = "10.0.0.1",
        IsRunning = false,
        UtcModificationTime = time,
    }))]);

    private void Respond(string request, string identity, string code) => _broker.Publish([new(Topics.Response, request, MessageCodec.Write(new BuildResponse
    {
        Identity = identity,
        RequestId = request,
        Project = "projects/MS/xclock",
        Message = "m",
        ResponseCode = code,
    }))]);

    // Documents follow each other without anything between.
    private static List<string> Codes((int Exit, string Output, string Error) result)
    {
        Assert.Equal(0, result.Exit);
        return [.. JsonNode.Parse($"[{result.Output.Replace("}\n{", "},{", StringComparison.Ordinal)}]")!.AsArray().Select(one => (string)one!["response_code"]!)];
    }

    private static (int, string) Shown((int Exit, string Output, string Error) result) => (result.Exit, result.Output);

    private (int Exit, string Output, string Error) Run(string input, string[] arguments, string? program = null)
    {
        var start = new ProcessStartInfo(program ?? Slipway, arguments);
        start.Environment["HOME"] = _place;
        start.Environment["SLIPWAY_DATA"] = Path.Combine(_place, "data");
        return start.Run(input);
    }
}
