namespace Slipway.Builds;

/// <summary>Where a build stands.</summary>
public enum BuildState { Queued, Waiting, Running, Succeeded, Failed, Cancelled }

/// <summary>Where one try of a build stands.</summary>
public enum AttemptState { Leased, Preparing, Building, Collecting, Succeeded, Failed, Cancelled, Lost }

/// <summary>The states as the database and the API write them.</summary>
internal static class StateWords
{
    public static string Word(this BuildState state) => state.ToString().ToLowerInvariant();

    public static string Word(this AttemptState state) => state.ToString().ToLowerInvariant();

    public static BuildState Build(string word) => Enum.Parse<BuildState>(word, ignoreCase: true);

    public static AttemptState Attempt(string word) => Enum.Parse<AttemptState>(word, ignoreCase: true);
}
