using System.Diagnostics;

namespace Slipway.Cli.Tests;

/// <summary>The manual pages are made from the command tree, and mandoc finds nothing to say against them.</summary>
public sealed class ManPageTests
{
    public static TheoryData<string> Commands => [.. ManPage.AllOf(CommandTree.Create()).Select(command => string.Join(' ', ManPage.NamesOf(command).Skip(1)))];

    [Theory, MemberData(nameof(Commands))]
    public async Task A_page_is_sound_and_names_every_option_argument_and_command(string path)
    {
        var command = path.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate<string, System.CommandLine.Command>(CommandTree.Create(), (at, name) => at.Subcommands.Single(below => below.Name == name));
        var page = ManPage.Write(command);

        // A page has no date of its own, so that the same commands give the same bytes.
        var said = (await MandocAsync(page, "-Tlint", "-Wwarning")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.DoesNotContain(said, line => !line.Contains("missing date", StringComparison.Ordinal));
        var shown = await MandocAsync(page, "-Tascii");
        foreach (var name in command.Options.Where(option => !option.Recursive && !option.Hidden).Select(option => option.Name).Concat(command.Arguments.Select(argument => argument.Name)).Concat(command.Subcommands.Where(below => !below.Hidden).Select(below => below.Name)))
            Assert.Contains(name, System.Text.RegularExpressions.Regex.Replace(shown, ".\b", ""), StringComparison.Ordinal);
        Assert.False(string.IsNullOrWhiteSpace(command.Description));
    }

    private static async Task<string> MandocAsync(string page, params string[] options)
    {
        using var mandoc = Process.Start(new ProcessStartInfo("mandoc", options) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await mandoc.StandardInput.WriteAsync(page);
        mandoc.StandardInput.Close();
        var said = await mandoc.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await mandoc.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said;
    }
}
