using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Cli.Verbs;

/// <summary>What the service says of a plan, for people.</summary>
internal static class ReleaseTexts
{
    /// <summary>Decision, reasons and warnings, and the versions to be made.</summary>
    public static string Decision(JsonNode answer)
    {
        var decision = answer["decision"]!;
        var text = new StringBuilder($"{decision["kind"]}\n");
        foreach (var reason in decision["reasons"]!.AsArray())
            text.Append($"  {reason!["kind"]}: {reason["text"]}\n");
        foreach (var warning in decision["warnings"]!.AsArray())
            text.Append($"  warning: {warning}\n");
        foreach (var plan in answer["plans"]?.AsArray() ?? [])
            text.Append($"  {plan!["version"]}  format {plan["format"]}  {plan["role"]}{(plan["upstream"] is { } upstream ? $"  upstream {upstream}" : "")}{((bool?)plan["minVersion"] == true ? "  all content anew" : "")}\n");
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>The decision with the packages of each version.</summary>
    public static string Plan(JsonNode answer)
    {
        var text = new StringBuilder(Decision(answer)).Append('\n');
        foreach (var plan in answer["plans"]?.AsArray() ?? [])
        {
            var packages = plan!["packages"]!;
            text.Append($"\nversion {plan["version"]} after {plan["previous"]}, {plan["packageCount"]} packages, deltas from {Joined(plan["deltasFrom"]!.AsArray())}, bundles {Joined(plan["bundles"]!.AsArray())}\n");
            foreach (var p in packages["added"]!.AsArray())
                text.Append($"  added    {p!["name"]} {p["version"]}\n");
            foreach (var p in packages["removed"]!.AsArray())
                text.Append($"  removed  {p!["name"]} {p["version"]}\n");
            foreach (var p in packages["updated"]!.AsArray())
                text.Append($"  updated  {p!["name"]} {p["from"]} -> {p["to"]}\n");
        }
        return text.ToString().TrimEnd('\n');
    }

    private static string Joined(JsonArray items) => items.Count == 0 ? "none" : string.Join(", ", items.Select(i => i!.ToString()));
}
