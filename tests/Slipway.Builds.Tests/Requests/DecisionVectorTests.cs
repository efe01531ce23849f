using System.Text.Json;
using Slipway.Messages;

namespace Slipway.Builds.Tests.Requests;

public sealed class DecisionVectorTests
{
    [Fact]
    public void Every_request_is_decided_as_the_original_decides_it()
    {
        var wrong = new List<string>();
        var rows = File.ReadAllLines(Path.Combine(TestData.Path("messages"), "scheduler-decisions.tsv")).Skip(1).Select(line => line.Split('\t')).ToList();
        foreach (var row in rows)
            if (Judge(row) is { } error) wrong.Add($"{row[0]}: {error}");
        Assert.Equal(145, rows.Count);
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong:\n{string.Join('\n', wrong)}");
    }

    private static string? Judge(string[] row)
    {
        var request = MessageCodec.ReadBuildRequest(System.Text.Encoding.UTF8.GetBytes(row[3]), out _);
        if (request is null != (row[5] == "no")) return $"schema_ok {row[5]}";
        // Where the original stops with an exception there is nothing to be equal to.
        if (request is null || row[14] != "-") return null;
        var place = $"@HOME@/cloud_builder_sources/{request.Project}";
        var decision = RequestDecision.Of(request, View(row, place), row[4] == "\"\"" ? "" : row[4]);
        // With neither package nor image the original accepts on a host named `none` and builds nothing; here it is refused.
        if (request.Package is null && request.Image is null && row[4] == "none") return decision.Accepted ? "accepted nothing to build" : null;
        var accepted = decision is { Accepted: true, WrongArch: false };
        if (!PackagePath.TryParse(request.Project, out _)) return accepted && row[13] == "-" ? "accepted a bad path" : null;
        if (accepted != (row[6] == "yes")) return $"accepted {accepted}, {decision.Message}";
        if (decision.Code != row[8] && row[8] != "-") return $"code {decision.Code} instead of {row[8]}";
        if (row[7] == "-" || decision.Code == ResponseCodes.InvalidPackageMetadata) return null;
        var message = JsonSerializer.Deserialize<string>(row[7]);
        if (decision.Message != message) return $"message {decision.Message} instead of {message}";
        return Target(decision.Target) == Target(row[10]) ? null : $"target {Target(decision.Target)} instead of {row[10]}";
    }

    private static ProjectView View(string[] row, string place) => new(
        row[1] is not ("no-directory" or "project-is-file"),
        row[1] == "present" && place.EndsWith("/xclock", StringComparison.Ordinal) ? File.ReadAllBytes(Path.Combine(TestData.Path("messages"), "scheduler-metadata", row[2] + ".yml")) : null, place);

    private static string Target(ResponseTarget? target) => target is null ? "" : $"{target.Arch}|{target.Dist}|{target.Selection}";

    private static string Target(string json) => json == "-" ? "" : JsonDocument.Parse(json).RootElement is var target
        ? $"{Text(target, "arch")}|{Text(target, "dist")}|{Text(target, "selection")}" : "";

    private static string? Text(JsonElement target, string name) => target.TryGetProperty(name, out var value) ? value.GetString() : null;
}
