using System.CommandLine;
using System.Text;

namespace Slipway.Cli;

/// <summary>A command's manual page in the macros of man(7), made from what its help is made from.</summary>
internal static class ManPage
{
    /// <summary>The command and what stands above it: "slipway", "repo", "promote".</summary>
    public static IReadOnlyList<string> NamesOf(Command command) =>
        command is RootCommand ? ["slipway"] : [.. NamesOf(command.Parents.OfType<Command>().First()), command.Name];

    /// <summary>Of one command: its arguments, options, examples and the commands below it.</summary>
    public static string Write(Command command)
    {
        var names = NamesOf(command);
        var page = new StringBuilder();
        page.Append($".TH {string.Join('-', names).ToUpperInvariant()} 1 \"\" \"Slipway\" \"Slipway\"\n");
        page.Append($".SH NAME\n{Text(string.Join('-', names))} \\- {Text(Lowered(command.Description))}\n");
        page.Append($".SH SYNOPSIS\n.B {Text(string.Join(' ', names))}\n{Text(Synopsis(command))}\n");
        var arguments = command.Arguments.Where(argument => !argument.Hidden).Select(argument => (argument.Name, argument.Description));
        Section(page, "ARGUMENTS", arguments);
        Section(page, "COMMANDS", Below(command).Select(below => ($"slipway-{string.Join('-', NamesOf(below).Skip(1))}(1)", below.Description)));
        Section(page, "OPTIONS", Options(command).Select(option => (Spelling(option), option.Description)));
        if (Examples.Of(command) is { Count: > 0 } examples)
            page.Append($".SH EXAMPLES\n.nf\n{string.Join('\n', examples.Select(Text))}\n.fi\n");
        if (command is RootCommand)
            page.Append(".SH EXIT STATUS\n0 done; 1 the thing failed; 2 usage or configuration; 3 a needed service or input is unreachable; 4 blocked by a gate or a lock.\n");
        return page.ToString();
    }

    /// <summary>The command and all below it.</summary>
    public static IEnumerable<Command> AllOf(Command command) => Below(command).SelectMany(AllOf).Prepend(command);

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.Where(below => !below.Hidden);

    // The options of every verb are described once, with slipway itself.
    private static IEnumerable<Option> Options(Command command) => command.Options.Where(option => !option.Hidden && (command is RootCommand || !option.Recursive));

    private static string Synopsis(Command command)
    {
        if (Below(command).Any()) return "COMMAND [OPTION ...]";
        var arguments = command.Arguments.Where(argument => !argument.Hidden)
            .Select(argument => (argument.Arity.MinimumNumberOfValues > 0 ? argument.Name : $"[{argument.Name}]") + (argument.Arity.MaximumNumberOfValues > 1 ? " ..." : ""));
        var required = Options(command).Where(option => option.Required).Select(Spelling);
        return string.Join(' ', [.. required, "[OPTION ...]", .. arguments]);
    }

    private static string Spelling(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name).Distinct().OrderBy(name => name.Length));
        return option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0 ? names : $"{names} {option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant()}";
    }

    private static void Section(StringBuilder page, string title, IEnumerable<(string Name, string? Meaning)> entries)
    {
        var any = false;
        foreach (var (name, meaning) in entries)
        {
            if (!any) page.Append($".SH {title}\n");
            any = true;
            page.Append($".TP\n.B {Text(name)}\n{Text(meaning ?? "")}\n");
        }
    }

    private static string Lowered(string? description) => description is { Length: > 1 } && char.IsLower(description[1])
        ? char.ToLowerInvariant(description[0]) + description[1..]
        : description ?? "";

    private static string Text(string text)
    {
        var escaped = text.ReplaceLineEndings(" ").Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return escaped.StartsWith('.') || escaped.StartsWith('\'') ? "\\&" + escaped : escaped;
    }
}
